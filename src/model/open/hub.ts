import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { env, ModelFileNotFoundError, ModelRegistry } from '@huggingface/transformers';
import { InputError, ModelError } from '../../core/errors.js';
import type { Progress } from '../../core/progress.js';
import type { Dtype } from '../../core/runtime.js';
import { writeWhole } from '../../files/whole.js';
import { chooseOnnx, dataFile } from './dtype.js';
import { readJson } from './read-json.js';

/** A model on the Hub. */
export interface HubModel {
  readonly id: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

const HUB_ID = /^(\w[\w.-]*\/\w[\w.-]*?)(?:@([\w./-]+))?$/;

/** Reads `owner/name` or `owner/name@revision`; null where the text is neither. */
export function parseHubId(name: string): HubModel | null {
  const [, id, revision = 'main'] = HUB_ID.exec(name) ?? [];
  return id && !name.includes('..') ? { id, revision } : null;
}

/** Where Transformers.js keeps a model of the Hub, revision by revision. */
export function cacheFolder({ id, revision }: HubModel): string {
  return join(env.cacheDir ?? '', id, ...(revision === 'main' ? [] : [revision]));
}

/**
 * Fetches what is missing of a model into the cache of Transformers.js: its JSON files, one graph and
 * that graph's weights. The graph comes last, and every file is renamed when it is whole, so that a
 * download cut short leaves no model that looks whole, and goes on where it stopped.
 *
 * Transformers.js 4.3.1 itself fetches a graph only to open it, which takes the model's size in memory,
 * and ends the process where a weight file fails; what the Hub has, it tells (ModelRegistry).
 *
 * @throws ModelError `model/not-on-hub`, `model/not-downloaded`, and those of chooseOnnx
 */
export async function download(
  model: HubModel,
  options: { readonly dtype: Dtype | undefined; readonly progress: Progress | undefined },
): Promise<void> {
  const folder = cacheFolder(model);
  const sizeOf = async (file: string): Promise<number | null> => {
    const { exists, size } = await ModelRegistry.get_file_metadata(model.id, file, {
      revision: model.revision,
    });
    return exists ? (size ?? 0) : null;
  };
  const lacking: Lacking[] = [];
  const add = async (file: string): Promise<boolean> => {
    const there = await stat(join(folder, file)).catch(() => null);
    const size = there ? there.size : await sizeOf(file);
    if (!there && size !== null) lacking.push({ file, size });
    return size !== null;
  };
  const require = async (file: string): Promise<void> => {
    if (!(await add(file))) throw notOnHub(model, `has no ${file}`);
  };
  try {
    await require('config.json');
    await fetchAll(model, { files: lacking.splice(0), folder });
    const { path } = await chooseOnnx(async (file) => (await sizeOf(file)) !== null, {
      dtype: options.dtype,
      config: await readJson(join(folder, 'config.json')),
      where: `the model '${model.id}' at ${env.remoteHost}`,
    });
    await require('tokenizer.json');
    await require('tokenizer_config.json');
    await add('generation_config.json');
    for (let i = 0; await add(dataFile(path, i)); i++);
    await add(path);
    await fetchAll(model, { files: lacking, folder, progress: options.progress });
  } catch (cause) {
    throw cause instanceof InputError ? cause : notDownloaded(model, cause);
  }
}

interface Lacking {
  readonly file: string;
  readonly size: number;
}

async function fetchAll(
  model: HubModel,
  options: {
    readonly files: readonly Lacking[];
    readonly folder: string;
    readonly progress?: Progress | undefined;
  },
): Promise<void> {
  const { files, folder, progress } = options;
  if (files.length === 0) return;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const bar = progress?.start(`Downloading ${model.id}`, { total, unit: 'bytes' });
  try {
    for (const { file } of files) {
      await fetchFile(model, { file, folder, onBytes: (bytes) => bar?.advance(bytes) });
    }
  } finally {
    bar?.finish();
  }
}

/** Fetches one file, whole or not at all. */
async function fetchFile(
  { id, revision }: HubModel,
  options: {
    readonly file: string;
    readonly folder: string;
    readonly onBytes: (bytes: number) => void;
  },
): Promise<void> {
  const { file, onBytes } = options;
  const template = env.remotePathTemplate
    .replaceAll('{model}', id)
    .replaceAll('{revision}', encodeURIComponent(revision));
  const url = new URL(`${template}${file}`, env.remoteHost);
  const response = await env.fetch(url, { headers: credentials(url) });
  const { body } = response;
  if (!response.ok || !body) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  await writeWhole(join(options.folder, file), (temporary) =>
    pipeline(
      Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          onBytes(chunk.length);
          yield chunk;
        }
      },
      createWriteStream(temporary),
    ),
  );
}

/** The user's Hub token, from the variables that Transformers.js reads, and for the Hub alone. */
function credentials({ hostname }: URL): Record<string, string> {
  const token = process.env.HF_TOKEN ?? process.env.HF_ACCESS_TOKEN;
  const isHub = ['huggingface.co', 'hf.co'].includes(hostname);
  return token && isHub ? { Authorization: `Bearer ${token}` } : {};
}

function notOnHub({ id, revision }: HubModel, why: string, cause?: unknown): ModelError {
  return new ModelError('not-on-hub', {
    given: `the model '${id}', revision ${revision}, which is no folder here and at ${env.remoteHost} ${why}`,
    expected: 'a language model with a tokenizer and ONNX files on the Hub',
    todo: 'Check the name and the revision; for a gated or private model, set HF_TOKEN.',
    ...(cause !== undefined && { cause }),
  });
}

function notDownloaded(model: HubModel, cause: unknown): ModelError {
  if (cause instanceof ModelFileNotFoundError) {
    return notOnHub(model, 'does not exist or may not be read', cause);
  }
  const { message, cause: deeper } = cause as Error;
  const why = deeper instanceof Error ? `${message}, ${deeper.message}` : message;
  return new ModelError('not-downloaded', {
    given: `the model '${model.id}', which is not whole in ${cacheFolder(model)} and could not be had from ${env.remoteHost} (${why})`,
    expected: 'a Hub that can be reached, or a model that was downloaded before',
    todo: 'Check the network and try again (whole files are kept), name the --dtype that was downloaded, or name a folder.',
    cause,
  });
}
