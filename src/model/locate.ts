import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { AutoModelForCausalLM, AutoTokenizer, env } from '@huggingface/transformers';
import { FileError, ModelError } from '../core/errors.js';
import { PACKAGE_ROOT } from '../files/versions.js';

/** A model on disk, laid out as Hugging Face models for Transformers.js are. */
export interface ModelFolder {
  /** As the user named it. */
  readonly id: string;
  readonly revision: string;
  readonly folder: string;
  /** The ONNX file. */
  readonly file: string;
  /** SHA-256 of the ONNX file, hexadecimal. */
  readonly sha256: string;
}

/** Models that ship with the package. */
const EMBEDDED: Readonly<Record<string, string>> = { phantom: join(PACKAGE_ROOT, 'phantom') };

const HUB_ID = /^[\w.-]+\/[\w.-]+$/;
const ONNX_FILE = join('onnx', 'model.onnx');

/**
 * Finds a model by embedded name, folder, or Hub id (downloaded and cached by Transformers.js).
 * @param base the folder that relative paths start from
 * @throws ModelError `model/unknown`, `model/no-onnx`, `model/not-downloaded`
 */
export async function locateModel(name: string, base = '.'): Promise<ModelFolder> {
  const folder = EMBEDDED[name] ?? resolve(base, name);
  const local = await stat(folder).catch(() => null);
  if (local?.isDirectory()) return inFolder(name, 'local', folder);
  if (HUB_ID.test(name)) return inFolder(name, 'main', await download(name));
  throw new ModelError('unknown', {
    given: `the model '${name}'`,
    expected: `an embedded model (${Object.keys(EMBEDDED).join(', ')}), a folder, or a Hub id (owner/name)`,
    todo: 'Check the spelling, or the path.',
  });
}

async function inFolder(id: string, revision: string, folder: string): Promise<ModelFolder> {
  for (const needed of ['config.json', 'tokenizer.json', ONNX_FILE]) {
    if (await stat(join(folder, needed)).catch(() => null)) continue;
    throw new ModelError('no-onnx', {
      given: `the model folder ${folder}, which has no ${needed}`,
      expected: `config.json, tokenizer.json and ${ONNX_FILE}, as Transformers.js loads them`,
      todo: 'Export the model to ONNX (for example with Optimum) or name another folder.',
    });
  }
  const file = join(folder, ONNX_FILE);
  return { id, revision, folder, file, sha256: await sha256(file) };
}

/** Has Transformers.js fetch a model into its cache, and tells where it lies there. */
async function download(id: string): Promise<string> {
  try {
    await AutoTokenizer.from_pretrained(id);
    const model = await AutoModelForCausalLM.from_pretrained(id, { dtype: 'fp32' });
    await model.dispose();
  } catch (cause) {
    throw new ModelError('not-downloaded', {
      given: `the model '${id}', which is no folder here and could not be had from ${env.remoteHost}`,
      expected: 'a text-generation model with ONNX files on the Hub',
      todo: 'Check the name and the network, or name a folder.',
      cause,
    });
  }
  return join(env.cacheDir ?? '', id);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** A JSON file of the model's folder. */
export async function readModelJson(
  model: ModelFolder,
  name: string,
): Promise<Record<string, unknown>> {
  const path = join(model.folder, name);
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new FileError('not-json', {
      given: `${path}, which cannot be read as JSON`,
      expected: "the model's JSON file",
      todo: 'Download the model again.',
      cause,
    });
  }
}
