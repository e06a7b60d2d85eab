import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { atlasLabels } from '../bids/atlas.js';
import { checkRecordings, sessionKey } from '../bids/check-recordings.js';
import { datasetValues, writeRawText } from '../bids/dataset.js';
import { writeDerivativeText, writeSessionText } from '../bids/derivative.js';
import { groupBy } from '../bids/participants.js';
import { DERIVATIVE, runPath, sessionFiles } from '../bids/paths.js';
import { DataError } from '../core/errors.js';
import { unitCount } from '../core/module.js';
import type { Recording } from '../core/recording.js';
import type { Series } from '../core/series.js';
import { stageFolder } from '../files/whole.js';
import type { DtypeName } from '../image/dtype.js';
import { makeGrid } from '../image/grid.js';
import { measureIntensity, toBold } from '../image/intensity.js';
import { writeMap, writeSeries } from '../image/write-nifti.js';

export interface ExportOptions {
  readonly recordings: readonly Recording[];
  /** The new dataset's folder. */
  readonly dataset: string;
  /** Replace a folder that holds something. */
  readonly force: boolean;
  /** The command that asked for the export, for GeneratedBy. */
  readonly command?: string;
  /** Volumes done of all: every volume is read twice, once for the intensity and once to be written. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ExportSummary {
  readonly runs: number;
  /** Units recorded, summed over subjects. */
  readonly units: number;
  readonly volumes: number;
  /** Paths below the dataset's root, sorted. */
  readonly files: readonly string[];
}

const AT_ONCE = 2; // runs written side by side: packing one keeps one core busy

/**
 * Writes recordings as a raw BIDS dataset with boldbridge's derivative inside it. The dataset appears
 * when it is whole. The same recordings give the same bytes.
 * @throws DataError `data/no-recordings`, `data/duplicate-run`, `data/modules-differ`,
 * `data/wrong-size`, `data/not-finite`, `data/nothing-varies`; StudyError `study/bad-label`;
 * OutputError `output/exists`, `output/unwritable`.
 */
export async function exportDataset(options: ExportOptions): Promise<ExportSummary> {
  const { dataset, force, command } = options;
  checkRecordings(options.recordings);
  const recordings = withProgress(options.recordings, options.onProgress);
  const values = datasetValues(recordings, command);
  return stageFolder(dataset, { force }, async (root) => {
    await writeRawText(root, recordings, values);
    await writeDerivativeText(join(root, DERIVATIVE), values);
    for (const own of groupBy(recordings, sessionKey).values()) await exportSession(root, own);
    return { ...countAll(recordings), files: await filesBelow(root) };
  });
}

async function exportSession(root: string, recordings: readonly Recording[]): Promise<void> {
  const [{ id, modules, provenance }] = recordings;
  const grid = makeGrid(modules, provenance.model);
  const intensity = await measureIntensity(recordings.map(({ series }) => series));
  const inside = intensity.sd.map((sd) => (sd > 0 ? 1 : 0));
  if (!inside.includes(1)) throw nothingVaries(sessionKey(recordings[0]));
  const derivative = join(root, DERIVATIVE);
  const files = sessionFiles(id);
  const dtype: DtypeName =
    modules.length < 256 ? 'uint8' : modules.length < 32768 ? 'int16' : 'int32';
  await writeMap(join(derivative, files.atlas), { grid, values: atlasLabels(modules), dtype });
  await writeMap(join(derivative, files.mask), { grid, values: inside, dtype: 'uint8' });
  await writeSessionText(derivative, { recordings, grid, intensity });
  await eachOf(recordings, AT_ONCE, ({ id, series, repetitionTime }) =>
    writeSeries(join(root, runPath(id, 'bold', '.nii.gz')), {
      grid,
      series: toBold(series, intensity),
      repetitionTime,
    }),
  );
}

function nothingVaries(session: string): DataError {
  return new DataError('nothing-varies', {
    given: `${session}, in which no unit ever changes`,
    expected: 'activations that vary over volumes',
    todo: 'Record more than one volume, or other modules.',
  });
}

function countAll(recordings: readonly Recording[]) {
  const subjects = [...groupBy(recordings, ({ id }) => id.subject).values()];
  return {
    runs: recordings.length,
    units: subjects.reduce((sum, [{ modules }]) => sum + unitCount(modules), 0),
    volumes: recordings.reduce((sum, { series }) => sum + series.volumes, 0),
  };
}

function withProgress(
  recordings: readonly Recording[],
  onProgress: ExportOptions['onProgress'],
): readonly Recording[] {
  if (!onProgress) return recordings;
  const total = 2 * countAll(recordings).volumes;
  let done = 0;
  const watched = (series: Series): Series => ({
    ...series,
    async *blocks() {
      for await (const block of series.blocks()) {
        yield block;
        done += block.volumes;
        onProgress(done, total);
      }
    },
  });
  return recordings.map((recording) => ({ ...recording, series: watched(recording.series) }));
}

/** Runs `work` on every value, at most `limit` at once. After a failure no new work is begun. */
async function eachOf<T>(values: readonly T[], limit: number, work: (value: T) => Promise<void>) {
  const queue = values.values();
  let failed = false;
  const worker = async () => {
    for (const value of queue) {
      if (failed) return;
      await work(value).catch((error) => {
        failed = true;
        throw error;
      });
    }
  };
  const results = await Promise.allSettled(Array.from({ length: limit }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
