import type { TableKind } from '../../files/described-table.js';
import { correlation } from '../../math/correlation.js';
import { holmLogP } from '../../math/holm.js';
import {
  type ChanceOverlap,
  chanceOverlap,
  type Overlap,
  overlap,
} from '../../networks/overlap.js';
import { SESSION_COLUMNS } from '../columns.js';
import type { SessionMaps, TaskMaps } from './session.js';

/** Two tasks' networks beside what chance would give. */
export interface OverlapRow extends Overlap, ChanceOverlap {
  readonly subject: string;
  readonly session: string | null;
  readonly a: string;
  readonly b: string;
  readonly logPCorrected: number;
  readonly logPWithinCorrected: number;
  /** Correlation of the z maps, over all units. */
  readonly similarity: number;
}

/** The same in one layer or kind of module. */
export interface OverlapPart extends Overlap {
  readonly subject: string;
  readonly session: string | null;
  readonly a: string;
  readonly b: string;
  readonly level: 'layer' | 'type';
  readonly name: string;
  readonly units: number;
}

function pairs(tasks: readonly TaskMaps[]): [TaskMaps, TaskMaps][] {
  return tasks.flatMap((a, i) => tasks.slice(i + 1).map((b): [TaskMaps, TaskMaps] => [a, b]));
}

const labelled = ({ subject, session }: SessionMaps, a: TaskMaps, b: TaskMaps) => ({
  ...{ subject, session },
  ...{ a: a.name, b: b.name },
});

/** Every pair of a session's networks; p corrected over the pairs of the session. */
export function overlapRows(session: SessionMaps): OverlapRow[] {
  const units = session.grid.voxelOfUnit;
  const modules = session.modules?.modules.map((own) => own.units) ?? [units.map((_, u) => u)];
  const rows = pairs(session.tasks).map(([a, b]) => {
    const [own, other] = [a.network.active, b.network.active];
    return {
      ...labelled(session, a, b),
      ...overlap(own, other),
      ...chanceOverlap(own, other, modules),
      similarity: correlation(a.whole.z, b.whole.z),
    };
  });
  const corrected = holmLogP(rows.map(({ logP }) => logP));
  const correctedWithin = holmLogP(rows.map(({ logPWithin }) => logPWithin));
  return rows.map((row, i) => ({
    ...row,
    logPCorrected: corrected[i],
    logPWithinCorrected: correctedWithin[i],
  }));
}

/** Which layers and kinds of modules carry the overlap; none where modules are not known. */
export function overlapParts(session: SessionMaps): OverlapPart[] {
  const { layers = [], types = [] } = session.modules ?? {};
  const groups = [
    ...layers.map((group) => ({ level: 'layer' as const, ...group })),
    ...types.map((group) => ({ level: 'type' as const, ...group })),
  ];
  return pairs(session.tasks).flatMap(([a, b]) =>
    groups.map(({ level, name, units }) => ({
      ...labelled(session, a, b),
      ...{ level, name, units: units.length },
      ...overlap(a.network.active, b.network.active, units),
    })),
  );
}

const minusLog10 = (logP: number) => Math.abs(logP / Math.LN10);

const PAIR = [
  ...SESSION_COLUMNS,
  { name: 'a', description: 'One network: its contrast', of: (row: { a: string }) => row.a },
  { name: 'b', description: 'The other', of: (row: { b: string }) => row.b },
] as const;

const SHARED = [
  { name: 'units_a', description: 'Units of a', of: (row: Overlap) => row.inA },
  { name: 'units_b', description: 'Units of b', of: (row: Overlap) => row.inB },
  { name: 'both', description: 'Units of both', of: (row: Overlap) => row.both },
  { name: 'dice', description: 'Dice coefficient', of: (row: Overlap) => row.dice },
  { name: 'jaccard', description: 'Jaccard index', of: (row: Overlap) => row.jaccard },
] as const;

export const OVERLAP_TABLE: TableKind<OverlapRow> = {
  description: 'Overlap of every pair of networks beside what chance would give',
  columns: [
    ...PAIR,
    ...SHARED,
    {
      name: 'expected',
      description: 'Units shared by chance, were each network drawn from all units',
      of: (row) => row.expected,
    },
    {
      name: 'logp',
      description: '-log10 of the hypergeometric p (one-sided; units counted as independent)',
      of: (row) => minusLog10(row.logP),
    },
    {
      name: 'logp_corrected',
      description: 'The same, corrected for the number of pairs (Holm)',
      of: (row) => minusLog10(row.logPCorrected),
    },
    {
      name: 'expected_within',
      description: 'Units shared by chance, were each drawn anew inside each module',
      of: (row) => row.expectedWithin,
    },
    {
      name: 'logp_within',
      description: '-log10 of the Cochran-Mantel-Haenszel p over modules (one-sided)',
      of: (row) => minusLog10(row.logPWithin),
    },
    {
      name: 'logp_within_corrected',
      description: 'The same, corrected for the number of pairs (Holm)',
      of: (row) => minusLog10(row.logPWithinCorrected),
    },
    {
      name: 'similarity',
      description: 'Correlation of the unthresholded z maps',
      of: (row) => row.similarity,
    },
  ],
};

export const OVERLAP_PARTS_TABLE: TableKind<OverlapPart> = {
  description: 'Overlap of every pair of networks in each layer and each kind of module',
  columns: [
    ...PAIR,
    { name: 'level', description: 'layer, or type of module', of: (row) => row.level },
    { name: 'name', description: 'Layer, or module with * for its layer', of: (row) => row.name },
    { name: 'units', description: 'Units there', of: (row) => row.units },
    ...SHARED,
  ],
};
