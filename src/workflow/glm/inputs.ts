import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entities } from '../../bids/entities.js';
import { readEvents } from '../../bids/events.js';
import { bidsUri, DERIVATIVE, sessionFiles } from '../../bids/paths.js';
import { type BoldRun, listRuns } from '../../bids/runs.js';
import { DataError, EventsError, FileError } from '../../core/errors.js';
import type { Event } from '../../core/event.js';
import type { Grid } from '../../core/grid.js';
import type { Series } from '../../core/series.js';
import { numberColumn, parseTsv } from '../../files/tsv.js';
import type { Confound } from '../../glm/design/design.js';
import { makeGrid } from '../../image/grid.js';
import { openMask, requireSeries, seriesInMask } from '../../image/mask.js';
import { openNifti } from '../../image/open-nifti.js';
import { openRecordings } from '../../recording/read.js';
import { modulesInMask, modulesOfRecording, type UnitModules } from './modules.js';

/** One run, ready to be modelled. */
export interface RunInput {
  readonly entities: Entities;
  /** Seconds. */
  readonly repetitionTime: number;
  readonly events: readonly Event[];
  readonly series: Series;
  /** Where the series' units lie. */
  readonly grid: Grid;
  /** BIDS URI or path of the data. */
  readonly source: string;
  /** The named columns of the run's confounds. */
  confounds(names: readonly string[]): Promise<Confound[]>;
  /** All columns of the run's confounds; none where it has no table. */
  confoundNames(): Promise<readonly string[]>;
  /** Which module each unit belongs to, where that is known. */
  modules(): Promise<UnitModules | null>;
}

export interface Selection {
  readonly mask: string | undefined;
  readonly subjects: readonly string[];
  readonly tasks: readonly string[];
}

/**
 * The runs of a BIDS dataset, or of a recordings folder.
 * @throws FileError `file/no-runs`, `file/no-recording` and others of the files; DataError
 * `data/no-mask`, `data/empty-mask`, `data/nothing-selected`; EventsError `events/none`
 */
export async function openInputs(root: string, selection: Selection): Promise<RunInput[]> {
  const isDataset = await stat(join(root, 'dataset_description.json')).catch(() => null);
  const inputs = isDataset
    ? await datasetInputs(root, selection)
    : await recordingInputs(root, selection);
  if (inputs.length > 0) return inputs;
  throw new DataError('nothing-selected', {
    given: `${root}, no run of which was selected`,
    expected: 'a run of the subjects and tasks asked for',
    todo: 'Check --participant-label and --task.',
  });
}

const wanted = (entities: Entities, { subjects, tasks }: Selection) =>
  (subjects.length === 0 || subjects.includes(entities.sub ?? '')) &&
  (tasks.length === 0 || tasks.includes(entities.task ?? ''));

async function datasetInputs(root: string, selection: Selection): Promise<RunInput[]> {
  const runs = (await listRuns(root)).filter(({ entities }) => wanted(entities, selection));
  return Promise.all(runs.map((run) => datasetInput(root, run, selection.mask)));
}

async function datasetInput(
  root: string,
  run: BoldRun,
  maskGiven: string | undefined,
): Promise<RunInput> {
  const image = requireSeries(await openNifti(run.bold));
  const mask = await openMask(maskGiven ?? (await maskOf(root, run)));
  const fromSidecar = run.sidecar.RepetitionTime;
  const repetitionTime = typeof fromSidecar === 'number' ? fromSidecar : image.repetitionTime;
  if (!(repetitionTime !== null && repetitionTime > 0)) throw noRepetitionTime(run.bold);
  return {
    entities: run.entities,
    repetitionTime,
    events: await readRunEvents(run),
    series: seriesInMask(image, mask),
    grid: { shape: image.shape, affine: image.affine, voxelOfUnit: mask.voxels },
    source: bidsUri('raw', run.bold.slice(root.length).replace(/^[\\/]+/, '')),
    confounds: (names) => readConfounds(run.confounds, run.bold, names),
    confoundNames: async () => {
      if (!run.confounds) return [];
      return parseTsv(await readFile(run.confounds, 'utf8'), run.confounds).columns;
    },
    modules: () => modulesInMask(root, run.entities, mask),
  };
}

/** The unit mask that boldbridge's export wrote for the run's session. */
async function maskOf(root: string, { entities, bold }: BoldRun): Promise<string> {
  const session = { subject: entities.sub ?? '', session: entities.ses ?? null };
  const path = join(root, DERIVATIVE, sessionFiles(session).mask);
  if (await stat(path).catch(() => null)) return path;
  throw new DataError('no-mask', {
    given: `${bold}, without a unit mask in ${DERIVATIVE}`,
    expected: 'a mask of the voxels to analyse',
    todo: 'Give one with --mask.',
  });
}

function noRepetitionTime(bold: string): FileError {
  return new FileError('no-repetition-time', {
    given: `${bold}, whose sidecar and header tell no repetition time`,
    expected: 'RepetitionTime in seconds',
    todo: 'Add it to the _bold.json.',
  });
}

async function readRunEvents(run: BoldRun): Promise<Event[]> {
  if (run.events) return readEvents(run.events);
  throw new EventsError('none', {
    given: `${run.bold}, without an events.tsv`,
    expected: 'the events of every run that is modelled',
    todo: 'Add the file, or leave the run out with --task.',
  });
}

async function readConfounds(
  file: string | null,
  bold: string,
  names: readonly string[],
): Promise<Confound[]> {
  if (names.length === 0) return [];
  if (!file) {
    throw new FileError('no-confounds', {
      given: `confounds ${names.join(', ')} for ${bold}, which has no confounds table`,
      expected: 'a desc-confounds_timeseries.tsv beside the run or in a derivative',
      todo: 'Leave --confounds out.',
    });
  }
  const table = parseTsv(await readFile(file, 'utf8'), file);
  return names.map((name) => ({ name, values: numberColumn(table, name, file) }));
}

async function recordingInputs(root: string, selection: Selection): Promise<RunInput[]> {
  const recordings = await openRecordings(root);
  return recordings
    .map((recording): RunInput => {
      const { id, volumes, stimuli, modules, provenance } = recording;
      const columns: Readonly<Record<string, readonly number[]>> = {
        position: volumes.map(({ position }) => position),
        context_position: volumes.map(({ contextPosition }) => contextPosition),
        first_token: volumes.map(({ position }) => (position === 0 ? 1 : 0)),
        surprisal: volumes.map(({ logProbability }) => -logProbability),
        entropy: volumes.map(({ entropy }) => entropy),
      };
      const session = id.session === null ? {} : { ses: id.session };
      return {
        entities: { sub: id.subject, ...session, task: id.task, run: String(id.run) },
        repetitionTime: recording.repetitionTime,
        events: stimuli.map(({ event }) => event),
        series: recording.series,
        grid: makeGrid(modules, provenance.model),
        source: `${id.subject}/${id.task}_run-${id.run}`,
        confounds: async (names) => names.map((name) => pick(columns, name)),
        confoundNames: async () => Object.keys(columns),
        modules: async () => modulesOfRecording(modules),
      };
    })
    .filter(({ entities }) => wanted(entities, selection));
}

function pick(columns: Readonly<Record<string, readonly number[]>>, name: string): Confound {
  const values = columns[name];
  if (values) return { name, values };
  throw new FileError('missing-column', {
    given: `the confound ${name}`,
    expected: `one of ${Object.keys(columns).join(', ')}`,
    todo: 'Check the spelling.',
  });
}
