import { isDataset } from '../../bids/is-dataset.js';
import { listRuns } from '../../bids/runs.js';
import { moduleName } from '../../bids/units.js';
import { ModelError } from '../../core/errors.js';
import type { Progress } from '../../core/progress.js';
import { DTYPES, type Dtype, type Mode } from '../../core/runtime.js';
import { findModules, type ScannedModule } from '../../model/find/modules.js';
import { loadTapped, type TappedModel } from '../../model/open/load.js';
import { locateModel, type ModelFolder } from '../../model/open/locate.js';
import { readSkeleton } from '../../onnx/skeleton.js';
import { openRecordings } from '../../recording/read.js';

/** A dataset's model, opened with gates on the modules that were asked for. */
export interface GatedModel {
  readonly loaded: TappedModel;
  /** By their names in the atlas: those with gates. */
  readonly modules: ReadonlyMap<string, ScannedModule>;
  readonly sha256: string;
}

/** A dataset's model on disk, with its modules. */
export interface RecordedModel {
  readonly source: ModelFolder;
  readonly skeleton: Uint8Array;
  /** By their names in the atlas: those that were asked for. */
  readonly modules: ReadonlyMap<string, ScannedModule>;
  /** In the order in which they are computed. */
  readonly all: readonly ScannedModule[];
}

interface Origin {
  readonly name: string;
  readonly dtype: Dtype;
  readonly sha256: string;
}

interface Wanted {
  readonly subject: string;
  /** Modules by their names in the atlas. */
  readonly names: readonly string[];
  /** A model to open instead, by name, folder or Hub id. */
  readonly model?: string | undefined;
  readonly progress: Progress;
}

/**
 * Finds the model that a subject was recorded from.
 * @throws ModelError `model/no-origin`, `model/other-model` where the file is not the one recorded,
 * `model/unknown-module`, and as locateModel and findModules
 */
export async function findRecorded(root: string, options: Wanted): Promise<RecordedModel> {
  const { subject, names, model, progress } = options;
  const origin = await originOf(root, subject);
  const source = await locateModel(model ?? origin.name, { dtype: origin.dtype, progress });
  if (model === undefined && source.sha256 !== origin.sha256) throw otherModel(origin, source.file);
  const skeleton = await readSkeleton(source.file);
  const all = await findModules(source, skeleton);
  const found = new Map(all.map((module) => [moduleName(module), module]));
  const missing = names.find((name) => !found.has(name));
  if (missing !== undefined) throw unknownModule(missing, source.file);
  return { source, skeleton, modules: new Map(names.map((name) => [name, found.get(name)!])), all };
}

/** Opens it with gates on the modules, and shows the last one's values. @throws ModelError as findRecorded and loadTapped */
export async function openGated(
  root: string,
  options: Wanted & { readonly mode: Mode },
): Promise<GatedModel> {
  const { source, skeleton, modules, all } = await findRecorded(root, options);
  const last = all.slice(-1);
  const gated = [...modules.values()];
  const loaded = await loadTapped(source, { skeleton, mode: options.mode, modules: last, gated });
  return { loaded, modules, sha256: source.sha256 };
}

/** What the dataset says of the model. */
async function originOf(root: string, subject: string): Promise<Origin> {
  const told = await modelInSidecar(root, subject);
  const { Id, Revision, SHA256, Dtype } = told as Readonly<Record<string, string | undefined>>;
  if (Id === undefined || SHA256 === undefined || !isDtype(Dtype)) {
    throw new ModelError('no-origin', {
      given: `${root}, which does not say which model sub-${subject} was recorded from`,
      expected: 'recordings, or a dataset that boldbridge export wrote of them',
      todo: 'Name the recordings or the exported dataset.',
    });
  }
  const name = Revision === undefined || Revision === 'local' ? Id : `${Id}@${Revision}`;
  return { name, dtype: Dtype, sha256: SHA256 };
}

async function modelInSidecar(root: string, subject: string): Promise<object> {
  if (await isDataset(root)) {
    const run = (await listRuns(root)).find(({ entities }) => entities.sub === subject);
    return (run?.sidecar.Model as object | undefined) ?? {};
  }
  const own = (await openRecordings(root)).find(({ id }) => id.subject === subject);
  if (!own) return {};
  const { id: Id, revision: Revision, sha256: SHA256, dtype: Dtype } = own.provenance.model;
  return { Id, Revision, SHA256, Dtype };
}

const isDtype = (value: string | undefined): value is Dtype =>
  (DTYPES as readonly (string | undefined)[]).includes(value);

function otherModel(origin: Origin, file: string): ModelError {
  return new ModelError('other-model', {
    given: `${file}, which is not the file that was recorded (its SHA-256 differs)`,
    expected: `the model ${origin.name} as it was recorded`,
    todo: 'Put the file back, or name a model with --model if this is meant.',
  });
}

function unknownModule(name: string, file: string): ModelError {
  return new ModelError('unknown-module', {
    given: `the module ${name} of the dataset, which ${file} does not have`,
    expected: 'the model that was recorded',
    todo: 'Name it with --model.',
  });
}
