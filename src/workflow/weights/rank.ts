import { eachWeight } from '../../onnx/unit-weights.js';
import type { FedMatrix } from './feeding.js';
import { makeTop, type Top } from './top.js';

/** A weight that feeds a unit of a network. */
export interface RankedWeight {
  readonly matrix: FedMatrix;
  /** Output of the matrix: the unit's index in its module. */
  readonly unit: number;
  readonly input: number;
  readonly weight: number;
  /** |weight| x |z of the unit|. */
  readonly score: number;
}

export interface Ranking {
  /** The first weights of each network, by its name. */
  readonly first: ReadonlyMap<string, readonly RankedWeight[]>;
  /** Of each matrix, the sum of |weight| over the inputs of each unit. */
  readonly sums: ReadonlyMap<FedMatrix, Float64Array>; // [units]
}

/**
 * Ranks the weights that feed networks' units by |weight| x |z|, those that score alike in the order of
 * matrices, units and inputs. Each matrix is read once, piece by piece.
 * @param options.count weights kept of each network
 * @throws FileError `file/short-weights`
 */
export async function rankWeights(
  matrices: readonly FedMatrix[],
  options: {
    readonly networks: readonly string[];
    readonly count: number;
    readonly onMatrix?: () => void;
  },
): Promise<Ranking> {
  const place = new Map(matrices.map((matrix, m) => [matrix, m]));
  const order = (a: RankedWeight, b: RankedWeight) =>
    place.get(a.matrix)! - place.get(b.matrix)! || a.unit - b.unit || a.input - b.input;
  const tops = new Map(
    options.networks.map((name) => [name, makeTop(options.count, order)] as const),
  );
  const sums = new Map<FedMatrix, Float64Array>();
  for (const matrix of matrices) {
    sums.set(matrix, await rankMatrix(matrix, tops));
    options.onMatrix?.();
  }
  return { first: new Map([...tops].map(([name, top]) => [name, top.sorted()])), sums };
}

async function rankMatrix(
  matrix: FedMatrix,
  tops: ReadonlyMap<string, Top<RankedWeight>>,
): Promise<Float64Array> {
  const { units } = matrix.weights;
  const networks = matrix.fed.map(({ network, at }) => {
    const z = new Float64Array(units).fill(Number.NaN); // |z| [units], NaN outside the network
    for (const [unit, own] of at) z[unit] = Math.abs(own.z);
    return { z, top: tops.get(network)! };
  });
  const sums = new Float64Array(units);
  await eachWeight(matrix.weights, (unit, input, weight) => {
    const size = Math.abs(weight);
    sums[unit] += size;
    for (const { z, top } of networks) {
      const score = size * z[unit];
      if (score >= top.least()) top.add({ matrix, unit, input, weight, score });
    }
  });
  return sums;
}
