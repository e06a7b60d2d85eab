import { isDataset } from '../../../bids/is-dataset.js';
import { DataError } from '../../../core/errors.js';
import { datasetInputs } from './dataset-inputs.js';
import { recordingInputs } from './recording-inputs.js';
import type { RunInput, Selection } from './run-input.js';

/**
 * The runs of a BIDS dataset, or of a recordings folder.
 * @throws FileError `file/no-runs`, `file/no-recording`, `file/repetition-time` and others of the files; DataError
 * `data/no-mask`, `data/no-brain`, `data/empty-mask`, `data/mask-of-recordings`, `data/nothing-selected`; EventsError `events/none`
 */
export async function openInputs(root: string, selection: Selection): Promise<RunInput[]> {
  const inputs = (await isDataset(root))
    ? await datasetInputs(root, selection)
    : await recordingInputs(root, selection);
  if (inputs.length > 0) return inputs;
  throw new DataError('nothing-selected', {
    given: `${root}, no run of which was selected`,
    expected: 'a run of the subjects and tasks asked for',
    todo: 'Check --participant-label and --task.',
  });
}
