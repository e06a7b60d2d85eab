import type { Progress } from '../core/progress.js';
import { openRecordings } from '../recording/read.js';
import { type ExportSummary, exportDataset } from './export.js';

export interface ExportedDataset extends ExportSummary {
  readonly dataset: string;
}

/** Exports all recordings under a folder. */
export async function exportRecordings(options: {
  readonly recordings: string;
  readonly dataset: string;
  readonly force: boolean;
  readonly command: string;
  readonly progress: Progress;
}): Promise<ExportedDataset> {
  const { dataset, force, command, progress } = options;
  const recordings = await openRecordings(options.recordings);
  const total = recordings.reduce((sum, { volumes }) => sum + volumes.length, 0);
  const bar = progress.start('Exporting', { total: 2 * total, unit: 'volumes' });
  let before = 0;
  const summary = await exportDataset({
    recordings,
    dataset,
    force,
    command,
    onProgress: (done) => {
      bar.advance(done - before);
      before = done;
    },
  });
  bar.finish();
  return { ...summary, dataset };
}
