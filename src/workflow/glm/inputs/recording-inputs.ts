import { DataError } from '../../../core/errors.js';
import type { Provenance, Recording } from '../../../core/recording.js';
import { makeGrid } from '../../../image/grid.js';
import { openRecordings } from '../../../recording/read.js';
import { CONFOUND_OF, CONFOUNDS, type RecordedConfound, recorded } from './confounds.js';
import { type RunInput, type Selection, wanted } from './run-input.js';
import { modulesOfRecording } from './unit-modules.js';

/** The chosen runs of a recordings folder. @throws DataError `mask-of-recordings`; as openRecordings */
export async function recordingInputs(root: string, selection: Selection): Promise<RunInput[]> {
  if (selection.mask !== undefined) {
    throw new DataError('mask-of-recordings', {
      given: `--mask ${selection.mask} with ${root}, which is no BIDS dataset`,
      expected: 'a mask for images: recordings hold units alone',
      todo: 'Leave --mask out, or give the dataset (its dataset_description.json is missing).',
    });
  }
  const recordings = await openRecordings(root);
  return recordings.map(recordingInput).filter(({ entities }) => wanted(entities, selection));
}

/** A run that was recorded. */
export function recordingInput(recording: Recording): RunInput {
  const { id, volumes, stimuli, modules, provenance, repetitionTime, series } = recording;
  const events = stimuli.map(({ event }) => event);
  const column = (name: RecordedConfound) => volumes.map(CONFOUND_OF[name]);
  return scannedInput({ id, repetitionTime, events, modules, series, column, ...provenance });
}

/** A run of the scanner, on disk or being made. */
export function scannedInput(
  run: Pick<Recording, 'id' | 'repetitionTime' | 'modules' | 'series'> &
    Pick<Provenance, 'model'> &
    Pick<RunInput, 'events' | 'arriving'> & {
      column(name: RecordedConfound): readonly number[]; // [volumes]
    },
): RunInput {
  const { id, repetitionTime, events, modules, series, arriving } = run;
  const session = id.session === null ? {} : { ses: id.session };
  return {
    entities: { sub: id.subject, ...session, task: id.task, run: String(id.run) },
    repetitionTime,
    events,
    series,
    ...(arriving && { arriving }),
    grid: makeGrid(modules, run.model),
    source: `${id.subject}/${id.task}_run-${id.run}`,
    confounds: async (names) => names.map((name) => ({ name, values: run.column(recorded(name)) })),
    confoundNames: async () => CONFOUNDS,
    modules: async () => modulesOfRecording(modules),
  };
}
