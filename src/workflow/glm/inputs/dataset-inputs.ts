import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readEventColumn } from '../../../bids/event-columns.js';
import { type EventsTable, readEventsTable } from '../../../bids/events.js';
import { hemodynamicsOf } from '../../../bids/hemodynamics.js';
import { bidsUri, DERIVATIVE, sessionFiles } from '../../../bids/paths.js';
import { type BoldRun, listRuns } from '../../../bids/runs.js';
import { volumeKindOf } from '../../../bids/volume-rule.js';
import { DataError, EventsError } from '../../../core/errors.js';
import { parseTsv } from '../../../files/tsv.js';
import { type Mask, openMask, requireSeries, seriesInMask } from '../../../image/mask.js';
import { type NiftiImage, openNifti } from '../../../image/open-nifti.js';
import { computedMasks } from './computed-mask.js';
import { readConfounds } from './confounds.js';
import { repetitionTimeOf } from './repetition-time.js';
import { type RunInput, type Selection, wanted } from './run-input.js';
import { modulesInMask } from './unit-modules.js';

/** The chosen runs of a BIDS dataset. @throws as openInputs */
export async function datasetInputs(root: string, selection: Selection): Promise<RunInput[]> {
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
