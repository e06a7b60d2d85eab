import type { TableKind } from '../../files/described-table.js';
import { CONTRAST_COLUMNS } from '../columns.js';

/** One contrast of one run on both sides, in numbers. */
export interface CompareRow {
  readonly subject: string | null;
  readonly session: string | null;
  readonly task: string | null;
  /** Null where it is of all runs together. */
  readonly run: string | null;
  readonly contrast: string;
  /** t, F or z; `map` for files that do not say. */
  readonly statistic: string;
  /** Units that both measured. */
  readonly units: number;
  readonly onlyInA: number;
  readonly onlyInB: number;
  readonly correlation: number;
  readonly slope: number;
  readonly intercept: number;
  readonly difference: number;
  /** Null where a side has no map of z. */
  readonly passBoth: number | null;
  readonly passA: number | null;
  readonly passB: number | null;
}

/** A unit that passes the threshold on one side alone. */
export interface DisagreementRow {
  readonly subject: string | null;
  readonly session: string | null;
  readonly task: string | null;
  readonly run: string | null;
  readonly contrast: string;
  readonly passes: 'A' | 'B';
  readonly unit: number | null;
  readonly module: string | null;
  readonly index: number | null;
  readonly voxel: readonly [number, number, number];
  readonly a: number;
  readonly b: number;
}

export const COMPARE_TABLE: TableKind<CompareRow> = {
  description: 'Two results of the same contrasts, over the units that both measured',
  columns: [
    ...CONTRAST_COLUMNS,
    { name: 'statistic', description: 'What is compared', of: (row) => row.statistic },
    { name: 'units', description: 'Units that both measured', of: (row) => row.units },
    { name: 'only_in_a', description: 'Units that A alone measured', of: (row) => row.onlyInA },
    { name: 'only_in_b', description: 'Units that B alone measured', of: (row) => row.onlyInB },
    { name: 'correlation', description: "Pearson's", of: (row) => row.correlation },
    {
      name: 'slope',
      description: 'Of the least-squares line B = slope A + intercept',
      of: (row) => row.slope,
    },
    { name: 'intercept', description: 'Of the same line', of: (row) => row.intercept },
    { name: 'largest_difference', description: 'The largest |B - A|', of: (row) => row.difference },
    { name: 'pass_both', description: 'Units that pass on both sides', of: (row) => row.passBoth },
    { name: 'pass_a', description: 'Units that pass in A alone', of: (row) => row.passA },
    { name: 'pass_b', description: 'Units that pass in B alone', of: (row) => row.passB },
  ],
};

export const DISAGREEMENTS_TABLE: TableKind<DisagreementRow> = {
  description: 'Units that pass the threshold on one side alone',
  columns: [
    ...CONTRAST_COLUMNS,
    { name: 'passes', description: 'The side on which it passes', of: (row) => row.passes },
    { name: 'unit', description: 'Column in the recording', of: (row) => row.unit },
    { name: 'module', description: 'As the atlas names it', of: (row) => row.module },
    { name: 'index', description: 'In the module, from 0', of: (row) => row.index },
    { name: 'voxel', description: 'x,y,z from 0', of: (row) => row.voxel.join(',') },
    { name: 'a', description: 'Its value in A', of: (row) => row.a },
    { name: 'b', description: 'Its value in B', of: (row) => row.b },
  ],
};
