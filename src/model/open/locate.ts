import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ModelError } from '../../core/errors.js';
import type { Progress } from '../../core/progress.js';
import type { Dtype } from '../../core/runtime.js';
import { PACKAGE_ROOT } from '../../files/versions.js';
import { chooseOnnx, configuredData, onnxAt } from './dtype.js';
import { cacheFolder, download, parseHubId } from './hub.js';
import { readJson } from './read-json.js';

/** A model on disk, laid out as Hugging Face models for Transformers.js are. */
export interface ModelFolder {
  /** As the user named it, a Hub id without its revision. */
  readonly id: string;
  /** A Hub model's branch, tag or commit; `local` for other models. */
  readonly revision: string;
  readonly folder: string;
  /** The ONNX file; weights outside it lie beside it. */
  readonly file: string;
  readonly dtype: Dtype;
  /** SHA-256 of the ONNX file, hexadecimal. */
  readonly sha256: string;
}

export interface LocateOptions {
  /** The folder that relative paths start from; default the working folder. */
  readonly base?: string | undefined;
  /** Default: fp32 if there, else what the model's configuration says, else the only one there is. */
  readonly dtype?: Dtype | undefined;
  /** Shows a download. */
  readonly progress?: Progress | undefined;
}

/** Models that ship with the package. */
const EMBEDDED: Readonly<Record<string, string>> = { phantom: join(PACKAGE_ROOT, 'phantom') };

/** What Transformers.js reads beside the graph; generation_config.json may be absent. */
const NEEDED = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];

/**
 * Finds a model by embedded name, folder, or Hub id (`owner/name` or `owner/name@revision`), which is
 * downloaded into the cache of Transformers.js unless it is there.
 * @throws ModelError `model/unknown`, `model/no-onnx`, `model/no-dtype`, `model/several-dtypes`,
 * `model/incomplete`, `model/not-on-hub`, `model/not-downloaded`
 */
export async function locateModel(name: string, options: LocateOptions = {}): Promise<ModelFolder> {
  const { base = '.', dtype, progress } = options;
  const folder = EMBEDDED[name] ?? resolve(base, name);
  const local = await stat(folder).catch(() => null);
  if (local?.isDirectory()) return inFolder({ id: name, revision: 'local' }, folder, dtype);
  const hub = parseHubId(name);
  if (hub) {
    const cache = cacheFolder(hub);
    if (!(await isWhole(cache, dtype ?? 'fp32'))) await download(hub, { dtype, progress });
    return inFolder(hub, cache, dtype);
  }
  throw new ModelError('unknown', {
    given: `the model '${name}'`,
    expected: `an embedded model (${Object.keys(EMBEDDED).join(', ')}), a folder, or a Hub id (owner/name or owner/name@revision)`,
    todo: 'Check the spelling, or the path.',
  });
}

async function inFolder(
  { id, revision }: Pick<ModelFolder, 'id' | 'revision'>,
  folder: string,
  dtype: Dtype | undefined,
): Promise<ModelFolder> {
  const has = within(folder);
  const config = (await has('config.json')) ? await readJson(join(folder, 'config.json')) : {};
  const where = `the model folder ${folder}`;
  const onnx = await chooseOnnx(has, { dtype, config, where });
  const missing = await missingFrom(folder, [...NEEDED, ...configuredData(config, onnx.path)]);
  if (missing.length > 0) {
    throw new ModelError('incomplete', {
      given: `${where}, which has no ${missing.join(', ')}`,
      expected: `${NEEDED.join(', ')} and the weights, as Transformers.js loads them`,
      todo: 'Export or download the model again, or name another folder.',
    });
  }
  const file = join(folder, onnx.path);
  return { id, revision, folder, file, dtype: onnx.dtype, sha256: await sha256(file) };
}

/** Whether a folder holds all that a model needs at a dtype. */
async function isWhole(folder: string, dtype: Dtype): Promise<boolean> {
  const onnx = await onnxAt(dtype, within(folder));
  if (!onnx || (await missingFrom(folder, NEEDED)).length > 0) return false;
  const data = configuredData(await readJson(join(folder, 'config.json')), onnx.path);
  return (await missingFrom(folder, data)).length === 0;
}

const within = (folder: string) => async (path: string) =>
  (await stat(join(folder, path)).catch(() => null)) !== null;

async function missingFrom(folder: string, paths: readonly string[]): Promise<string[]> {
  const there = await Promise.all(paths.map(within(folder)));
  return paths.filter((_, i) => !there[i]);
}

/** A file's SHA-256, hexadecimal. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** A JSON file of the model's folder. */
export async function readModelJson(
  model: ModelFolder,
  name: string,
): Promise<Record<string, unknown>> {
  return readJson(join(model.folder, name));
}
