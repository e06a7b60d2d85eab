import type { TableKind } from '../../files/described-table.js';
import type { BesideControls } from '../../networks/controls.js';

/** What a network's lesion changes in one domain. `observed` is nats a token. */
export interface LesionRow extends BesideControls {
  readonly task: string;
  readonly units: number;
  readonly domain: string;
  /** The domain of the task itself. */
  readonly isOwn: boolean;
  readonly texts: number;
  readonly tokens: number;
  /** Mean log-probability a token without a lesion, nats. */
  readonly intact: number;
  /** Of the change, over texts. */
  readonly standardError: number;
}

/** Whether a lesion changes its own domain more. `observed` is own less others. */
export interface SelectivityRow extends BesideControls {
  readonly task: string;
  readonly units: number;
  readonly own: number;
  readonly others: number;
  /** Domains that the lesion hurts more, plus one. */
  readonly rank: number;
  readonly domains: number;
}

const CONTROLS = [
  {
    name: 'control_mean',
    description: 'The same for random sets of as many units of every module: their mean',
    of: (row: BesideControls) => row.controlMean,
  },
  { name: 'control_sd', description: 'Their sd', of: (row: BesideControls) => row.controlSd },
  {
    name: 'effect_size',
    description: 'The network less the mean of the controls, over their sd',
    of: (row: BesideControls) => row.effectSize,
  },
  {
    name: 'p',
    description: 'Of a random set as far out or farther, two-sided (permutation)',
    of: (row: BesideControls) => row.p,
  },
] as const;

export const LESION_TABLE: TableKind<LesionRow> = {
  description: "What each network's lesion changes in the texts of each domain",
  columns: [
    { name: 'task', description: 'The network: its contrast', of: (row) => row.task },
    { name: 'units', description: 'Units changed', of: (row) => row.units },
    { name: 'domain', description: 'The texts', of: (row) => row.domain },
    { name: 'own', description: "1 for the task's own domain", of: (row) => Number(row.isOwn) },
    { name: 'texts', description: 'Texts read', of: (row) => row.texts },
    { name: 'tokens', description: 'Tokens predicted', of: (row) => row.tokens },
    {
      name: 'log_probability',
      description: 'Mean over texts of the mean log-probability a token without a lesion, nats',
      of: (row) => row.intact,
    },
    {
      name: 'change',
      description: 'Change by the lesion, nats a token',
      of: (row) => row.observed,
    },
    { name: 'se', description: 'Its standard error over texts', of: (row) => row.standardError },
    ...CONTROLS,
  ],
};

export const SELECTIVITY_TABLE: TableKind<SelectivityRow> = {
  description: 'Whether each lesion changes its own domain more than the others',
  columns: [
    { name: 'task', description: 'The network: its contrast', of: (row) => row.task },
    { name: 'units', description: 'Units changed', of: (row) => row.units },
    { name: 'own', description: "Change in the task's domain, nats a token", of: (row) => row.own },
    { name: 'others', description: 'Mean change in the other domains', of: (row) => row.others },
    {
      name: 'rank',
      description: 'Of the own domain among all, 1 for the most hurt',
      of: (row) => row.rank,
    },
    { name: 'selectivity', description: 'own less others', of: (row) => row.observed },
    ...CONTROLS,
  ],
};
