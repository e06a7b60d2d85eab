import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entities } from '../../bids/entities.js';
import { readEventColumn } from '../../bids/event-columns.js';
import { type EventsTable, readEventsTable } from '../../bids/events.js';
import { hemodynamicsOf } from '../../bids/hemodynamics.js';
import type { HemodynamicModel, VolumeKind } from '../../bids/image-run.js';
import { bidsUri, DERIVATIVE, sessionFiles } from '../../bids/paths.js';
import { type BoldRun, listRuns } from '../../bids/runs.js';
import type { Variable } from '../../bids/transformations.js';
import { volumeKindOf } from '../../bids/volume-rule.js';
import { DataError, EventsError, FileError } from '../../core/errors.js';
import type { Event } from '../../core/event.js';
import type { Grid } from '../../core/grid.js';
import type { Provenance, Recording, Volume } from '../../core/recording.js';
import type { Series } from '../../core/series.js';
import { numberColumn, parseTsv } from '../../files/tsv.js';
import type { Confound } from '../../glm/design/design.js';
import { makeGrid } from '../../image/grid.js';
import { type Mask, openMask, requireSeries, seriesInMask } from '../../image/mask.js';
import { type NiftiImage, openNifti } from '../../image/open-nifti.js';
import { openRecordings } from '../../recording/read.js';
import { computedMasks } from './computed-mask.js';
import { modulesInMask, modulesOfRecording, type UnitModules } from './modules.js';
import { repetitionTimeOf } from './repetition-time.js';

/** One run, ready to be modelled. */
export interface RunInput {
  readonly entities: Entities;
  /** Seconds. */
  readonly repetitionTime: number;
  readonly events: readonly Event[];
  /** What was odd about the input and what was made of it, a sentence each. */
  readonly notes?: readonly string[];
  /** The response that the series was convolved with when it was exported; none where absent. */
  readonly hemodynamics?: HemodynamicModel | null;
  /** What a volume is where a model was scanned; null for a brain's image. */
  readonly volumeKind?: VolumeKind | null;
  readonly series: Series;
  /** How the mask was computed, where none was given. */
  readonly computedMask?: string;
  /** The same volumes as they come, where that is another order: enough for sums over prompts. */
  readonly arriving?: Series;
  /** Where the series' units lie. */
  readonly grid: Grid;
  /** BIDS URI or path of the data. */
  readonly source: string;
  /** A further column of the run's events, by its name; null where they have none. */
  eventColumn?(name: string): Promise<Variable | null>;
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
 * @throws FileError `file/no-runs`, `file/no-recording`, `file/repetition-time` and others of the files; DataError
 * `data/no-mask`, `data/no-brain`, `data/empty-mask`, `data/mask-of-recordings`, `data/nothing-selected`; EventsError `events/none`
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
  const opened = await Promise.all(
    runs.map(async (run) => {
      const image = requireSeries(await openNifti(run.bold));
      return { run, image, path: await maskPathOf(root, run, selection.mask) };
    }),
  );
  const computed = await computedMasks(opened.filter(({ path }) => path === null));
  return Promise.all(
    opened.map(async ({ run, image, path }) => {
      const own = path === null ? computed.get(run.bold)! : { mask: await openMask(path) };
      return datasetInput(root, { run, image, ...own });
    }),
  );
}

async function datasetInput(
  root: string,
  own: {
    readonly run: BoldRun;
    readonly image: NiftiImage;
    readonly mask: Mask;
    /** How the mask was computed, if it was. */
    readonly note?: string;
  },
): Promise<RunInput> {
  const { run, image, mask, note } = own;
  const repetitionTime = repetitionTimeOf(run, image.repetitionTime);
  const { events, notes } = await readRunEvents(run);
  return {
    entities: run.entities,
    repetitionTime,
    events,
    notes,
    ...(note !== undefined && { computedMask: note }),
    hemodynamics: hemodynamicsOf(run.sidecar),
    volumeKind: volumeKindOf(run.sidecar),
    series: seriesInMask(image, mask),
    grid: { shape: image.shape, affine: image.affine, voxelOfUnit: mask.voxels },
    source: bidsUri('raw', run.bold.slice(root.length).replace(/^[\\/]+/, '')),
    eventColumn: async (name) => (run.events ? readEventColumn(run.events, name) : null),
    confounds: (names) => readConfounds(run.confounds, run.bold, names),
    confoundNames: async () => {
      if (!run.confounds) return [];
      return parseTsv(await readFile(run.confounds, 'utf8'), run.confounds).columns;
    },
    modules: () => modulesInMask(root, run.entities, mask),
  };
}

/** What asks for a mask to be computed, in place of a file. */
const COMPUTE = 'compute';

/**
 * The mask given, or the unit mask that boldbridge's export wrote for the session; null to compute one.
 * @throws DataError `no-mask` for the image of a model, where there is no brain to be found
 */
async function maskPathOf(
  root: string,
  { entities, bold, sidecar }: BoldRun,
  given: string | undefined,
): Promise<string | null> {
  if (given !== undefined) return given === COMPUTE ? null : given;
  const session = { subject: entities.sub ?? '', session: entities.ses ?? null };
  const path = join(root, DERIVATIVE, sessionFiles(session).mask);
  if (await stat(path).catch(() => null)) return path;
  if (sidecar.TokenVolumeRule === undefined) return null;
  throw new DataError('no-mask', {
    given: `${bold}, the image of a model without its unit mask in ${DERIVATIVE}`,
    expected: 'a mask of the voxels to analyse',
    todo: 'Export again, or give a mask with --mask.',
  });
}

async function readRunEvents(run: BoldRun): Promise<EventsTable> {
  if (run.events) return readEventsTable(run.events);
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

/** Columns that every recording has beside its volumes. */
const CONFOUNDS = ['position', 'context_position', 'first_token', 'surprisal', 'entropy'] as const;
export type RecordedConfound = (typeof CONFOUNDS)[number];

const CONFOUND_OF: Readonly<Record<RecordedConfound, (volume: Volume) => number>> = {
  position: ({ position }) => position,
  context_position: ({ contextPosition }) => contextPosition,
  first_token: ({ position }) => (position === 0 ? 1 : 0),
  surprisal: ({ logProbability }) => -logProbability,
  entropy: ({ entropy }) => entropy,
};

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

function recorded(name: string): RecordedConfound {
  const own = CONFOUNDS.find((confound) => confound === name);
  if (own) return own;
  throw new FileError('missing-column', {
    given: `the confound ${name}`,
    expected: `one of ${CONFOUNDS.join(', ')}`,
    todo: 'Check the spelling.',
  });
}
