import { checkRecordings } from '../bids/check-recordings.js';
import { datasetValues } from '../bids/dataset.js';
import type { ImageRun } from '../bids/image-run.js';
import type { JsonObject } from '../bids/json.js';
import { groupBy } from '../bids/participants.js';
import { sessionKey } from '../bids/run-facts.js';
import { openTemplates } from '../bids/templates.js';
import { OutputError } from '../core/errors.js';
import { unitCount } from '../core/module.js';
import type { Recording } from '../core/recording.js';
import { filesBelow } from '../files/below.js';
import { requireVacant, stageFolder } from '../files/whole.js';
import type { LayoutName } from '../image/layout.js';
import { addToDataset, planAddition, type SessionChanges } from './export/add.js';
import { type Contents, sessionsOf, writeDataset } from './export/dataset.js';
import { checkSeries, imageRuns, kindsOf, type SeriesOptions } from './export/image-runs.js';
import { subjectLayouts } from './export/layout.js';
import { findWeights } from './export/model-weights.js';
import { countVolumes, volumesToRead, watched } from './export/progress.js';

export interface ExportOptions extends SeriesOptions {
  readonly recordings: readonly Recording[];
  /** The dataset's folder. */
  readonly dataset: string;
  /** Replace a folder that holds something. */
  readonly force: boolean;
  /** Add to the dataset that stands there, replacing the sessions that recordings are given of. */
  readonly add?: boolean | undefined;
  /** How units are placed inside their modules; `depth` by default. */
  readonly layout?: LayoutName | undefined;
  /** The ONNX file that was recorded, where it is no longer where it was. */
  readonly modelFile?: string | undefined;
  /** A folder with texts that replace ours. */
  readonly templates?: string | undefined;
  /** The command that asked for the export, for GeneratedBy. */
  readonly command?: string;
  /** Recorded volumes done of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ExportSummary {
  /** Series written: runs times kinds. */
  readonly runs: number;
  /** Units recorded, summed over subjects. */
  readonly units: number;
  readonly volumes: number;
  /** What each subject's sidecars say of the layout. */
  readonly layouts: Readonly<Record<string, JsonObject>>;
  /** Sessions by what became of them. */
  readonly sessions: SessionChanges;
  /** Paths of all files below the dataset's root, sorted. */
  readonly files: readonly string[];
}

/**
 * Writes recordings as a raw BIDS dataset with boldbridge's derivative inside it. The dataset appears
 * when it is whole; where `add` is true and one stands there, whole sessions appear in it. The same
 * recordings give the same bytes.
 * @throws DataError `data/no-recordings`, `data/duplicate-run`, `data/modules-differ`,
 * `data/some-sessions`, `data/wrong-size`, `data/not-finite`, `data/nothing-varies`,
 * `data/prompt-in-pieces`, `data/beyond-int16`, `data/last-of-tokens`, `data/hemodynamics-of-prompts`,
 * `data/old-runs-missing`, `data/series-differ`, `data/layout-differs`; StudyError `study/bad-label`; OutputError
 * `output/exists`, `output/unwritable`, `output/not-exported`; FileError `file/unknown-template` and
 * others of the templates
 */
export async function exportDataset(options: ExportOptions): Promise<ExportSummary> {
  const { dataset, force, layout = 'depth' } = options;
  checkRecordings(options.recordings);
  checkSeries(options);
  const kinds = kindsOf(options);
  const recordings = telling(options);
  const values = datasetValues(recordings, { ...options, volumes: kinds, layout });
  const templates = await openTemplates(values, options.templates);
  const isNew = !options.add || (await isVacant(dataset));
  const addition = isNew ? null : await planAddition(dataset, recordings, options);
  if (addition) checkRecordings(recordings, addition.staying);
  else await requireVacant(dataset, force);
  const standing = addition ? [...addition.staying, ...addition.leaving] : [];
  const existing = addition && { root: dataset, staying: addition.staying };
  const series = imageRuns(recordings, options);
  const contents: Contents = {
    series,
    templates,
    existing,
    layouts: await subjectLayouts(series[0], { layout, existing, standing }),
    weightsOf: await findWeights(recordings, options.modelFile),
  };
  const sessions = addition
    ? await addToDataset(dataset, contents, { ...addition, command: String(values.command) })
    : await stageFolder(dataset, { force }, async (root) => {
        await writeDataset(root, contents);
        return { added: sessionNames(contents), replaced: [], unchanged: [] };
      });
  const layouts = [...contents.layouts].map(([subject, { about }]) => [subject, about] as const);
  return {
    ...countAll(contents.series.flat()),
    layouts: Object.fromEntries(layouts),
    sessions,
    files: await filesBelow(dataset),
  };
}

/** Whether a folder is absent or empty. */
async function isVacant(folder: string): Promise<boolean> {
  return requireVacant(folder, false).then(
    () => true,
    (error: unknown) => {
      if (error instanceof OutputError && error.code === 'output/exists') return false;
      throw error;
    },
  );
}

const sessionNames = ({ series }: Contents) =>
  sessionsOf(series).map(([[{ recording }]]) => sessionKey(recording.id));

function countAll(series: readonly ImageRun[]) {
  const recordings = series.map(({ recording }) => recording);
  const subjects = [...groupBy(recordings, ({ id }) => id.subject).values()];
  return {
    runs: recordings.length,
    units: subjects.reduce((sum, [{ modules }]) => sum + unitCount(modules), 0),
    volumes: countVolumes(recordings),
  };
}

/** The recordings, telling of their being read where someone listens. */
function telling(options: ExportOptions): readonly Recording[] {
  const { recordings, onProgress } = options;
  return onProgress ? watched(recordings, toRead(recordings, options), onProgress) : recordings;
}

/** Recorded volumes that an export goes through, those read several times counted as often. */
export const toRead = (
  recordings: readonly Recording[],
  options: SeriesOptions & Pick<ExportOptions, 'layout'>,
) =>
  volumesToRead(recordings, {
    kinds: kindsOf(options).length,
    convolved: options.hemodynamics !== undefined,
    sorted: options.layout === 'functional',
  });
