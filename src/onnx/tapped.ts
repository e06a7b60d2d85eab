import { copyFile, link, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { addOutputs } from './graph.js';

/** A session with more outputs than its model declares. */
export interface TappedSession {
  readonly session: ort.InferenceSession;
  /** Frees the session. */
  release(): Promise<void>;
}

/**
 * Opens a model with further tensors among its outputs, from its skeleton (see skeleton.ts).
 * ONNX Runtime wants the weights in the folder of the model it opens and refuses links that lead out
 * of it, so the weight files are hard-linked beside the sidecar in a temporary folder, or copied
 * where the file system knows no hard links.
 */
export async function openTapped(
  skeleton: Uint8Array,
  options: {
    /** The file the skeleton was read from. */
    readonly file: string;
    readonly tensors: readonly string[];
    readonly session?: ort.InferenceSession.SessionOptions;
  },
): Promise<TappedSession> {
  const folder = await mkdtemp(join(tmpdir(), 'boldbridge-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const name of await weightFiles(options.file)) {
      await linkOrCopy(join(dirname(options.file), name), join(folder, name));
    }
    const sidecar = join(folder, 'sidecar.onnx');
    await writeFile(sidecar, addOutputs(skeleton, options.tensors));
    const session = await ort.InferenceSession.create(sidecar, options.session);
    return {
      session,
      release: async () => {
        await session.release();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The model file and the external data beside it: `model.onnx`, `model.onnx_data`, `model.onnx_data_1`. */
async function weightFiles(file: string): Promise<string[]> {
  const name = basename(file);
  const beside = await readdir(dirname(file));
  return beside.filter(
    (other) =>
      other === name || (/^[._]data/.test(other.slice(name.length)) && other.startsWith(name)),
  );
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: NodeJS.ErrnoException) => {
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS'].includes(error.code ?? '')) throw error;
    return copyFile(from, to);
  });
}
