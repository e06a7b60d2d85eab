import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { atlasLabels } from '../bids/atlas.js';
import { checkRecordings, sessionKey } from '../bids/check-recordings.js';
import { datasetValues, writeRawText } from '../bids/dataset.js';
import { type SessionSeries, writeDerivativeText, writeSessionText } from '../bids/derivative.js';
import type { BoldDtype, ImageRun, VolumeKind } from '../bids/image-run.js';
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
import { promptVolumes } from '../recording/prompt-volumes.js';

export interface ExportOptions {
  readonly recordings: readonly Recording[];
  /** The new dataset's folder. */
  readonly dataset: string;
  /** What a volume is; a series of each kind is written. One volume a token by default. */
  readonly volumes?: readonly VolumeKind[] | undefined;
  /** Tokens averaged at the end of each prompt, where a volume is a prompt; all by default. */
  readonly last?: number | undefined;
  readonly dtype?: BoldDtype | undefined;
  /** Replace a folder that holds something. */
  readonly force: boolean;
  /** The command that asked for the export, for GeneratedBy. */
  readonly command?: string;
  /**
   * Recorded volumes done of all: every one is read twice for each kind of series, once for the
   * intensity and once to be written.
   */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ExportSummary {
  /** Series written: runs times kinds. */
  readonly runs: number;
  /** Units recorded, summed over subjects. */
  readonly units: number;
  readonly volumes: number;
  /** Paths below the dataset's root, sorted. */
  readonly files: readonly string[];
}

/**
 * Writes recordings as a raw BIDS dataset with boldbridge's derivative inside it. The dataset appears
 * when it is whole. The same recordings give the same bytes.
 * @throws DataError `data/no-recordings`, `data/duplicate-run`, `data/modules-differ`,
 * `data/wrong-size`, `data/not-finite`, `data/nothing-varies`, `data/prompt-in-pieces`,
 * `data/beyond-int16`; StudyError `study/bad-label`; OutputError `output/exists`, `output/unwritable`.
 */
export async function exportDataset(options: ExportOptions): Promise<ExportSummary> {
  const { dataset, force, command } = options;
  checkRecordings(options.recordings);
  const kinds = [...new Set(options.volumes ?? (['token'] as const))];
  if (options.last !== undefined && !kinds.includes('prompt')) throw lastOfTokens(options.last);
  const recordings = withProgress(options, kinds.length);
  const series = kinds
    .toSorted()
    .reverse()
    .map((kind) => imageRuns(recordings, kind, options)); // tokens first
  const values = datasetValues(recordings, { volumes: kinds, command });
  return stageFolder(dataset, { force }, async (root) => {
    await writeRawText(root, series.flat(), values);
    await writeDerivativeText(join(root, DERIVATIVE), values);
    const sessions = series.map((runs) => groupBy(runs, ({ recording }) => sessionKey(recording)));
    for (const session of sessions[0].keys()) {
      await exportSession(
        root,
        sessions.map((own) => own.get(session)!),
      );
    }
    return { ...countAll(series.flat()), files: await filesBelow(root) };
  });
}

/** The series of one kind. Those of tokens are named as such only where others stand beside them. */
function imageRuns(
  recordings: readonly Recording[],
  volumes: VolumeKind,
  { last, dtype = 'float32', volumes: kinds = [] }: ExportOptions,
): ImageRun[] {
  if (volumes === 'token') {
    const entities = kinds.includes('prompt') ? { acq: 'token' } : {};
    return recordings.map((recording) => ({ recording, volumes, entities, dtype, last: null }));
  }
  return recordings.map((recording) => ({
    recording: promptVolumes(recording, last),
    volumes,
    entities: { acq: 'prompt' },
    dtype,
    last: last ?? null,
  }));
}

/** Writes a subject's session: a list of runs a kind of series. */
async function exportSession(root: string, kinds: readonly (readonly ImageRun[])[]): Promise<void> {
  const [{ recording }] = kinds[0];
  const { id, modules, provenance } = recording;
  const grid = makeGrid(modules, provenance.model);
  const series: SessionSeries[] = [];
  for (const runs of kinds) {
    const intensity = await measureIntensity(runs.map(({ recording }) => recording.series));
    series.push({ runs, intensity });
  }
  const inside = Uint8Array.from(grid.voxelOfUnit, (_, u) =>
    series.every(({ intensity }) => intensity.sd[u] > 0) ? 1 : 0,
  ); // [units]
  if (!inside.includes(1)) throw nothingVaries(sessionKey(recording));
  const derivative = join(root, DERIVATIVE);
  const files = sessionFiles(id);
  const dtype: DtypeName =
    modules.length < 256 ? 'uint8' : modules.length < 32768 ? 'int16' : 'int32';
  await writeMap(join(derivative, files.atlas), { grid, values: atlasLabels(modules), dtype });
  await writeMap(join(derivative, files.mask), { grid, values: inside, dtype: 'uint8' });
  await writeSessionText(derivative, { grid, series });
  for (const { runs, intensity } of series) {
    for (const { recording, entities, dtype } of runs) {
      await writeSeries(join(root, runPath(recording.id, 'bold', '.nii.gz', entities)), {
        grid,
        series: toBold(recording.series, intensity),
        repetitionTime: recording.repetitionTime,
        dtype,
      });
    }
  }
}

function lastOfTokens(last: number): DataError {
  return new DataError('last-of-tokens', {
    given: `The last ${last} tokens of each prompt, for a series of one volume a token`,
    expected: 'a series of one volume a prompt, which averages tokens',
    todo: 'Add --volumes prompt, or leave --last out.',
  });
}

function nothingVaries(session: string): DataError {
  return new DataError('nothing-varies', {
    given: `${session}, in which no unit ever changes`,
    expected: 'activations that vary over volumes',
    todo: 'Record more than one volume (or prompt), or other modules.',
  });
}

function countAll(series: readonly ImageRun[]) {
  const recordings = series.map(({ recording }) => recording);
  const subjects = [...groupBy(recordings, ({ id }) => id.subject).values()];
  return {
    runs: recordings.length,
    units: subjects.reduce((sum, [{ modules }]) => sum + unitCount(modules), 0),
    volumes: countVolumes(recordings),
  };
}

const countVolumes = (recordings: readonly Recording[]) =>
  recordings.reduce((sum, { series }) => sum + series.volumes, 0);

function withProgress(
  { recordings, onProgress }: ExportOptions,
  kinds: number,
): readonly Recording[] {
  if (!onProgress) return recordings;
  const total = 2 * kinds * countVolumes(recordings);
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

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
