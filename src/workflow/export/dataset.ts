import { writeRawText } from '../../bids/dataset.js';
import { writeDerivativeText } from '../../bids/derivative.js';
import type { ExistingDataset } from '../../bids/existing.js';
import type { ImageRun } from '../../bids/image-run.js';
import { groupBy } from '../../bids/participants.js';
import { sessionKey } from '../../bids/run-facts.js';
import type { Templates } from '../../bids/templates.js';
import type { SubjectLayout } from './layout.js';
import type { WeightFinder } from './model-weights.js';
import { exportSession } from './session.js';

/** All that is to be written. */
export interface Contents {
  /** Runs of each kind of series. */
  readonly series: readonly (readonly ImageRun[])[]; // [kinds][runs]
  readonly templates: Templates;
  /** The dataset they are added to; null for a new one. */
  readonly existing: ExistingDataset | null;
  /** Where each subject's units lie. */
  readonly layouts: ReadonlyMap<string, SubjectLayout>;
  readonly weightsOf: WeightFinder;
}

/** Writes a dataset, or what is to be put into one, below `root`. */
export async function writeDataset(root: string, contents: Contents): Promise<void> {
  const { series, templates, existing } = contents;
  await writeRawText(root, { runs: series.flat(), templates, existing });
  await writeDerivativeText(root, { templates, existing });
  for (const session of sessionsOf(series)) await exportSession(root, session, contents);
}

/** The runs of each session, in order of appearance, by kind. */
export function sessionsOf(series: Contents['series']): (readonly ImageRun[])[][] {
  const kinds = series.map((runs) => groupBy(runs, ({ recording }) => sessionKey(recording.id)));
  return [...kinds[0].keys()].map((session) => kinds.map((own) => own.get(session)!));
}
