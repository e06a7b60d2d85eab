import type { TableKind } from '../../files/described-table.js';
import { overlap } from '../../networks/overlap.js';
import { icc, meanCorrelation } from '../../networks/repeatability.js';
import { NETWORK_COLUMNS } from '../columns.js';
import type { UnitModules } from '../glm/inputs/unit-modules.js';
import { grouped } from '../grouped.js';
import { activation, type Measurement } from './measurements.js';
import { networkIn, type Rule, type SessionMaps } from './session.js';

/** What is repeated: the run, the session, or the subject (another model or seed). */
export type RepeatOf = 'run' | 'session' | 'subject';

/** How well one task's maps repeat, over all units or those of a part. */
export interface RepeatRow {
  readonly of: RepeatOf;
  readonly subject: string | null;
  readonly session: string | null;
  readonly task: string;
  readonly level: 'all' | 'layer' | 'type';
  readonly name: string;
  readonly units: number;
  readonly repeats: number;
  /** Mean over pairs of repeats, as the correlation. */
  readonly dice: number | null;
  readonly correlation: number;
  readonly consistency: number;
  readonly agreement: number;
}

interface Repeated {
  readonly of: RepeatOf;
  readonly subject: string | null;
  readonly session: string | null;
  readonly task: string;
  readonly maps: readonly Pick<Measurement, 'z' | 'effects'>[];
  readonly modules: UnitModules | null;
}

/** Repeatability between runs, between sessions of a subject, and between subjects with the same units. */
export function repeatRows(sessions: readonly SessionMaps[], rule: Rule): RepeatRow[] {
  const runs = sessions.flatMap((own) =>
    own.tasks.map((task): Repeated => {
      const { subject, session, modules } = own;
      return { of: 'run', subject, session, task: task.name, maps: task.runs, modules };
    }),
  );
  const between = [...acrossSessions(sessions), ...acrossSubjects(sessions)];
  return [...runs, ...between]
    .filter(({ maps }) => maps.length > 1)
    .flatMap((repeated) => rowsOf(repeated, rule));
}

function acrossSessions(sessions: readonly SessionMaps[]): Repeated[] {
  return grouped(sessions, ({ subject, grid }) => [subject, grid.voxelOfUnit.length]).flatMap(
    (own) => taskMaps(own, { of: 'session', subject: own[0].subject }),
  );
}

function acrossSubjects(sessions: readonly SessionMaps[]): Repeated[] {
  const firsts = sessions.filter(
    ({ subject }, i) => sessions.findIndex((other) => other.subject === subject) === i,
  );
  return grouped(firsts, ({ grid, modules }) => [
    grid.voxelOfUnit.length,
    modules?.modules.map(({ name }) => name),
  ]).flatMap((own) => taskMaps(own, { of: 'subject', subject: null }));
}

function taskMaps(
  sessions: readonly SessionMaps[],
  about: { readonly of: RepeatOf; readonly subject: string | null },
): Repeated[] {
  const all = sessions.flatMap(({ tasks, modules }) => tasks.map((task) => ({ task, modules })));
  return grouped(all, ({ task }) => task.name).map((own) => ({
    ...about,
    session: null,
    task: own[0].task.name,
    maps: own.map(({ task }) => task.whole),
    modules: own[0].modules,
  }));
}

function rowsOf({ maps, modules, ...about }: Repeated, rule: Rule): RepeatRow[] {
  const effects = maps.map((map) => activation(map as Measurement));
  const networks = maps.map((map) => networkIn(map, rule).active);
  const all = effects[0].map((_, u) => u);
  const parts = [
    { level: 'all' as const, name: 'all', units: all as ArrayLike<number> },
    ...(modules?.layers ?? []).map((group) => ({ level: 'layer' as const, ...group })),
    ...(modules?.types ?? []).map((group) => ({ level: 'type' as const, ...group })),
  ];
  return parts.map(({ level, name, units }) => {
    const own = effects.map((map) => Float64Array.from(units, (u) => map[u])); // [repeats][units]
    return {
      ...about,
      ...{ level, name, units: units.length, repeats: maps.length },
      dice: meanDice(networks, units),
      correlation: meanCorrelation(own),
      ...icc(own),
    };
  });
}

/** Over pairs of repeats where either has an active unit; null where none has. */
function meanDice(networks: readonly Uint8Array[], units: ArrayLike<number>): number | null {
  const found = networks.flatMap((a, i) =>
    networks.slice(i + 1).flatMap((b) => overlap(a, b, units).dice ?? []),
  );
  return found.length === 0 ? null : found.reduce((sum, dice) => sum + dice, 0) / found.length;
}

export const REPEATS_TABLE: TableKind<RepeatRow> = {
  description: 'How well maps and networks repeat: over all units, by layer and by kind of module',
  columns: [
    { name: 'of', description: 'What is repeated: run, session or subject', of: (row) => row.of },
    ...NETWORK_COLUMNS,
    {
      name: 'level',
      description: 'all units, a layer, or a type of module',
      of: (row) => row.level,
    },
    { name: 'name', description: 'Layer, or module with * for its layer', of: (row) => row.name },
    { name: 'units', description: 'Units there', of: (row) => row.units },
    { name: 'repeats', description: 'Maps compared', of: (row) => row.repeats },
    {
      name: 'dice',
      description: 'Dice coefficient of the networks, mean over pairs of repeats',
      of: (row) => row.dice,
    },
    {
      name: 'correlation',
      description: 'Correlation of the effects, mean over pairs of repeats',
      of: (row) => row.correlation,
    },
    {
      name: 'icc_consistency',
      description: 'ICC(3,1) of the effects, units by repeats (Shrout and Fleiss 1979)',
      of: (row) => row.consistency,
    },
    {
      name: 'icc_agreement',
      description: 'ICC(2,1) of the effects, units by repeats (Shrout and Fleiss 1979)',
      of: (row) => row.agreement,
    },
  ],
};
