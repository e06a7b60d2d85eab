import type { Progress } from '../core/progress.js';
import type { Recording } from '../core/recording.js';
import { openRecordings } from '../recording/read.js';
import { type ExportOptions, type ExportSummary, exportDataset } from './export.js';

export interface ExportedDataset extends ExportSummary {
  readonly dataset: string;
}

/** Exports all recordings under a folder. */
export async function exportRecordings(
  options: Omit<ExportOptions, 'recordings' | 'onProgress'> & {
    readonly recordings: string;
    readonly progress: Progress;
  },
): Promise<ExportedDataset> {
  const { recordings: root, progress, ...rest } = options;
  const recordings = await openRecordings(root);
  const bar = progress.start('Exporting', { total: totalOf(recordings, rest), unit: 'volumes' });
  let before = 0;
  const summary = await exportDataset({
    ...rest,
    recordings,
    onProgress: (done) => {
      bar.advance(done - before);
      before = done;
    },
  });
  bar.finish();
  return { ...summary, dataset: rest.dataset };
}

/** Recorded volumes to go through: twice for each kind of series. */
function totalOf(
  recordings: readonly Recording[],
  { volumes = ['token'] }: Pick<ExportOptions, 'volumes'>,
): number {
  const each = recordings.reduce((sum, { series }) => sum + series.volumes, 0);
  return 2 * new Set(volumes).size * each;
}
