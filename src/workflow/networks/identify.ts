import type { TableKind } from '../../files/described-table.js';
import { makeRandom } from '../../math/random.js';
import {
  accuracy,
  accuracyP,
  type Fold,
  identify,
  METHODS,
  type Method,
  type Verdict,
} from '../../networks/identification.js';
import { SESSION_COLUMNS } from '../columns.js';
import { activation, together } from './measurements.js';
import { networkIn, type Rule, type SessionMaps } from './session.js';

/** How often held-out runs were named right. */
export interface IdentificationRow {
  readonly method: Method;
  readonly right: number;
  readonly runs: number;
  readonly accuracy: number;
  /** What names drawn at random would give. */
  readonly chance: number;
  readonly p: number;
}

/** The verdict on one held-out run's contrast. */
export interface VerdictRow extends Verdict {
  readonly method: Method;
  readonly subject: string;
  readonly session: string | null;
  readonly run: string;
  /** The networks scored, in order of the scores. */
  readonly networks: readonly string[];
}

export interface Identification {
  readonly rows: readonly IdentificationRow[];
  readonly verdicts: readonly VerdictRow[];
}

interface NamedFold extends Fold {
  readonly subject: string;
  readonly session: string | null;
  readonly run: string;
}

/**
 * Leaves one run out: networks from the other runs name the task of every map of the run held out.
 * Only tasks with the run and at least one other take part; nothing where fewer than two tasks have
 * repeated runs.
 */
export function identification(
  sessions: readonly SessionMaps[],
  options: { readonly rule: Rule; readonly permutations: number; readonly seed: number },
): Identification {
  const folds = sessions.flatMap((session) => foldsOf(session, options.rule));
  if (folds.length === 0) return { rows: [], verdicts: [] };
  const found = METHODS.map((method) => {
    const verdicts = folds.map((fold) => identify(fold, method));
    const all = verdicts.flat();
    const chances = folds.flatMap(({ networks, test }) => test.map(() => 1 / networks.length));
    const random = makeRandom(options.seed);
    const row: IdentificationRow = {
      method,
      right: all.filter(({ label, predicted }) => label === predicted).length,
      runs: all.length,
      accuracy: accuracy(all),
      chance: chances.reduce((sum, chance) => sum + chance, 0) / chances.length,
      p: accuracyP(verdicts, { permutations: options.permutations, random }),
    };
    const rows = verdicts.flatMap((own, f) =>
      own.map((verdict): VerdictRow => {
        const { subject, session, run, networks } = folds[f];
        const names = networks.map(({ label }) => label);
        return { method, subject, session, run, networks: names, ...verdict };
      }),
    );
    return { row, rows };
  });
  return { rows: found.map(({ row }) => row), verdicts: found.flatMap(({ rows }) => rows) };
}

function foldsOf({ subject, session, tasks }: SessionMaps, rule: Rule): NamedFold[] {
  const runs = [
    ...new Set(tasks.flatMap((task) => task.runs.map(({ entities }) => entities.run!))),
  ];
  return runs.flatMap((run): NamedFold[] => {
    const split = tasks.flatMap((task) => {
      const held = task.runs.filter(({ entities }) => entities.run === run);
      const others = task.runs.filter(({ entities }) => entities.run !== run);
      return held.length > 0 && others.length > 0 ? [{ label: task.name, held, others }] : [];
    });
    if (split.length < 2) return [];
    const networks = split.map(({ label, others }) => {
      const whole = together(others);
      return { label, z: whole.z, active: networkIn(whole, rule).active };
    });
    const maps = (of: 'held' | 'others') =>
      split.flatMap((own) => own[of].map((map) => ({ label: own.label, map: activation(map) })));
    return [{ subject, session, run, networks, training: maps('others'), test: maps('held') }];
  });
}

export const IDENTIFICATION_TABLE: TableKind<IdentificationRow> = {
  description:
    'Networks from the other runs name the task of held-out runs: how often, and the chance of that by naming at random',
  columns: [
    {
      name: 'method',
      description:
        "correspondence: mean activation of each task's network in the run; correlation: of the run's map with each task's z map; classifier: ridge regression on the maps of single runs",
      of: (row) => row.method,
    },
    { name: 'right', description: 'Maps named right', of: (row) => row.right },
    { name: 'runs', description: 'Maps of held-out runs', of: (row) => row.runs },
    { name: 'accuracy', description: 'Share named right', of: (row) => row.accuracy },
    { name: 'chance', description: 'Share named right at random', of: (row) => row.chance },
    {
      name: 'p',
      description: 'Of as many right were names shuffled within each held-out run (permutation)',
      of: (row) => row.p,
    },
  ],
};

export const VERDICTS_TABLE: TableKind<VerdictRow> = {
  description: 'The verdict on each contrast of each held-out run',
  columns: [
    { name: 'method', description: 'As in identification.tsv', of: (row) => row.method },
    ...SESSION_COLUMNS,
    { name: 'run', description: 'The run held out', of: (row) => row.run },
    { name: 'task', description: 'Its task', of: (row) => row.label },
    { name: 'named', description: 'What it was named', of: (row) => row.predicted },
    {
      name: 'scores',
      description: 'Score of every network, largest first',
      of: ({ networks, scores }) =>
        networks
          .map((name, i) => ({ name, score: scores[i] }))
          .sort((a, b) => b.score - a.score)
          .map(({ name, score }) => `${name}=${score.toPrecision(4)}`)
          .join(' '),
    },
  ],
};
