import { eachWeight, openUnitWeights, type UnitTensor, type UnitWeights } from './unit-weights.js';

/**
 * The Euclidean norm of every unit's incoming weights, without its bias: of its column of the matrix
 * that its tensor's source multiplies by, or of the table that it is looked up in. Weights are read
 * from the files as they are needed; quantised ones count as what they stand for.
 * @param file the ONNX model
 * @returns a list of norms [width] for each tensor; null where its units have no weights of their own
 * (projection.ts), or in a form that is not known
 * @throws FileError `file/not-onnx`, `file/outside-model`, `file/no-weights`, `file/short-weights`
 */
export async function incomingNorms(
  file: string,
  tensors: readonly UnitTensor[],
): Promise<(Float64Array | null)[]> {
  const weightsOf = await openUnitWeights(file);
  const known = new Map<UnitWeights, Promise<Float64Array>>();
  return Promise.all(
    tensors.map((tensor) => {
      const weights = weightsOf(tensor);
      if (typeof weights === 'string') return null;
      const norms = known.get(weights) ?? normsOf(weights);
      known.set(weights, norms);
      return norms;
    }),
  );
}

async function normsOf(weights: UnitWeights): Promise<Float64Array> {
  const squares = new Float64Array(weights.units);
  await eachWeight(weights, (unit, _, weight) => {
    squares[unit] += weight ** 2;
  });
  return squares.map(Math.sqrt);
}
