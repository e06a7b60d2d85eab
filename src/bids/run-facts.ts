import { type Module, unitCount } from '../core/module.js';
import type { Recording } from '../core/recording.js';
import type { SessionId } from './paths.js';

/** What the tables of participants and sessions say of a run. */
export interface RunFacts {
  readonly id: SessionId & { readonly task: string; readonly run: number };
  readonly model: Readonly<Record<ModelFact, string>>;
  readonly seed: number;
  readonly modules: readonly Module[];
}

export const MODEL_FACTS = ['id', 'revision', 'sha256', 'dtype'] as const;
export type ModelFact = (typeof MODEL_FACTS)[number];

export function factsOf({ id, provenance, modules }: Recording): RunFacts {
  return { id, model: provenance.model, seed: provenance.seed, modules };
}

export const unitsOf = ({ modules }: RunFacts) => unitCount(modules);

/** A subject, and its session where it has one, in words. */
export const sessionKey = ({ subject, session }: SessionId) =>
  session === null ? `sub-${subject}` : `sub-${subject} ses-${session}`;

/** A run, in words. */
export const runKey = (id: RunFacts['id']) => `${sessionKey(id)} task-${id.task} run-${id.run}`;
