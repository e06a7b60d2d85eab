import { moduleName } from '../../bids/units.js';
import type { TableKind } from '../../files/described-table.js';
import type { FedMatrix, LeftOut } from './feeding.js';
import { maskName } from './masks.js';
import type { RankedWeight, Ranking } from './rank.js';

/** A weight in its rank. */
export interface RankedRow extends RankedWeight {
  readonly network: string;
  readonly rank: number;
}

/** What of a matrix feeds a network; or a module of the network without weights that are known. */
export interface FedRow {
  readonly network: string;
  readonly module: string;
  /** Of the network. */
  readonly units: number;
  readonly matrix: string | null;
  /** The tensor's name in the network's mask. */
  readonly mask: string | null;
  /** Rows of the matrix, as PyTorch has it, that feed the network. */
  readonly rows: number | null;
  /** Weights that feed the network. */
  readonly weights: number | null;
  /** Of all weights of the matrix. */
  readonly share: number | null;
  /** Of the sum of |weight| over the matrix. */
  readonly shareOfSum: number | null;
  /** Weights among those of the network that are listed. */
  readonly listed: number | null;
  /** Why there are no weights; null where there are. */
  readonly leftOut: string | null;
}

/** The weights of all networks, ranked in each. */
export function rankedRows({ first }: Ranking): RankedRow[] {
  return [...first].flatMap(([network, own]) =>
    own.map((weight, i) => ({ network, rank: i + 1, ...weight })),
  );
}

/** One network's matrices and the modules left out; the units of all rows together are the network's. */
export function fedRows(
  network: string,
  matrices: readonly FedMatrix[],
  { leftOut, ranking }: { readonly leftOut: readonly LeftOut[]; readonly ranking: Ranking },
): FedRow[] {
  const sum = (values: Iterable<number>) => [...values].reduce((all, value) => all + value, 0);
  const fed = matrices.flatMap((matrix): FedRow[] => {
    const own = matrix.fed.find((candidate) => candidate.network === network);
    if (!own) return [];
    const { weights, module } = matrix;
    const sums = ranking.sums.get(matrix)!;
    return [
      {
        ...{ network, module: moduleName(module), units: own.units },
        ...{ matrix: weights.matrix, mask: maskName(matrix), rows: own.at.size },
        weights: own.at.size * weights.inputs,
        share: own.at.size / weights.units,
        shareOfSum: sum([...own.at.keys()].map((unit) => sums[unit])) / sum(sums),
        listed: ranking.first.get(network)!.filter((ranked) => ranked.matrix === matrix).length,
        leftOut: null,
      },
    ];
  });
  const without = leftOut
    .filter((own) => own.network === network)
    .map(
      ({ module, units, why }): FedRow => ({
        ...{ network, module, units, matrix: null, mask: null, rows: null, weights: null },
        ...{ share: null, shareOfSum: null, listed: null, leftOut: why },
      }),
    );
  return [...fed, ...without];
}

const unitOf = ({ matrix, network, unit }: RankedRow) =>
  matrix.fed.find((fed) => fed.network === network)!.at.get(unit)!;

export const RANKED_TABLE: TableKind<RankedRow> = {
  description: "The weights that feed each network's units, without biases: those of largest score",
  columns: [
    { name: 'network', description: 'The network: its contrast', of: (row) => row.network },
    { name: 'rank', description: 'From 1, by score', of: (row) => row.rank },
    {
      name: 'matrix',
      description: 'Name of the initializer in the ONNX model',
      of: (row) => row.matrix.weights.matrix,
    },
    {
      name: 'module',
      description:
        "The unit's, as in the atlas; where several hand on the same value, that of largest |z|",
      of: (row) => unitOf(row).module,
    },
    {
      name: 'unit',
      description: "Index in the module, from 0: the weight's output in the matrix",
      of: (row) => row.unit,
    },
    {
      name: 'input',
      description: "The weight's input in the matrix, from 0; in an embedding the row looked up",
      of: (row) => row.input,
    },
    {
      name: 'weight',
      description: 'Its value; of quantised weights what they stand for',
      of: (row) => row.weight,
    },
    { name: 'z', description: "The unit's, of the network's contrast", of: (row) => unitOf(row).z },
    {
      name: 'score',
      description: '|weight| x |z|: what the rank goes by, no test',
      of: (row) => row.score,
    },
  ],
};

export const FED_TABLE: TableKind<FedRow> = {
  description:
    "What feeds each network: its matrices, and the modules whose weights are not known. The units of a network's rows add up to the network",
  columns: [
    { name: 'network', description: 'The network: its contrast', of: (row) => row.network },
    {
      name: 'module',
      description: 'As in the atlas: the one whose weights these are, or that was left out',
      of: (row) => row.module,
    },
    {
      name: 'units',
      description:
        'Of the network: of this module and of those that hand on its values one by one (activation functions)',
      of: (row) => row.units,
    },
    {
      name: 'matrix',
      description: 'Name of the initializer in the ONNX model',
      of: (row) => row.matrix,
    },
    { name: 'mask', description: "The tensor in the network's mask", of: (row) => row.mask },
    {
      name: 'rows',
      description: 'Outputs of the matrix that are units of the network',
      of: (row) => row.rows,
    },
    {
      name: 'weights',
      description: 'Weights that feed these: ones and twos in the mask',
      of: (row) => row.weights,
    },
    { name: 'share', description: 'Of all weights of the matrix', of: (row) => row.share },
    {
      name: 'share_of_sum',
      description: 'Of the sum of |weight| over the matrix',
      of: (row) => row.shareOfSum,
    },
    {
      name: 'listed',
      description: 'Weights among those that are listed: twos in the mask',
      of: (row) => row.listed,
    },
    {
      name: 'left_out',
      description:
        'Why there are no weights: none found (the units are sums, products or normalisations of others, or their operator is not known), or in a form that is not read; n/a where there are some',
      of: (row) => row.leftOut,
    },
  ],
};
