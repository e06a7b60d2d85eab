import { rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { OutputError } from '../core/errors.js';
import type { Progress } from '../core/progress.js';
import { writeZip } from '../files/zip.js';
import { openRecordings } from '../recording/read.js';
import { type ExportOptions, type ExportSummary, exportDataset, toRead } from './export.js';

export interface ExportedDataset extends ExportSummary {
  readonly dataset: string;
  /** The archive beside it; null where none was asked for. */
  readonly zip: string | null;
}

/**
 * Exports all recordings under a folder, and packs the dataset into one .zip beside it if asked to.
 * @throws as `exportDataset`, `openRecordings` and `writeZip`; OutputError `output/exists` for the .zip
 */
export async function exportRecordings(
  options: Omit<ExportOptions, 'recordings' | 'onProgress'> & {
    readonly recordings: string;
    readonly zip?: boolean | undefined;
    readonly progress: Progress;
  },
): Promise<ExportedDataset> {
  const { recordings: root, progress, zip: packed = false, ...rest } = options;
  const zip = packed ? `${resolve(rest.dataset)}.zip` : null;
  if (zip !== null && !rest.force && !rest.add) await requireAbsent(zip);
  const recordings = await openRecordings(root);
  const total = toRead(recordings, rest);
  const bar = progress.start('Exporting', { total, unit: 'volumes' });
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
  if (zip !== null) {
    await rm(zip, { force: true }); // it would hold the dataset that was
    await writeZip(zip, rest.dataset);
  }
  return { ...summary, dataset: rest.dataset, zip };
}

async function requireAbsent(file: string): Promise<void> {
  if (!(await stat(file).catch(() => null))) return;
  throw new OutputError('exists', {
    given: `${file}, which is there already`,
    expected: 'a new file',
    todo: 'Move it away, or give --force to replace it and the dataset.',
  });
}
