import { copyFile, link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { addOutputs, readGraph } from './graph.js';
import { findWeightFiles, type WeightFile } from './weight-files.js';

/** A session with more outputs than its model declares. */
export interface TappedSession {
  readonly session: ort.InferenceSession;
  /** The tensors among the asked that are no outputs of the model itself. */
  readonly added: readonly string[];
  /** Frees the session. */
  release(): Promise<void>;
}

/** Whether the system lets go of a name whose file is still open or mapped. */
const REMOVES_OPEN_FILES = process.platform !== 'win32';

/**
 * Opens a model with further tensors among its outputs, from its skeleton (see skeleton.ts).
 * ONNX Runtime wants the weights in the folder of the model it opens and refuses links that lead out
 * of it, so the weight files are hard-linked beside the sidecar in a temporary folder, or copied
 * where hard links do not work (another file system). The folder is removed as soon as the session
 * is open: the session keeps what it has opened, and an aborted program leaves nothing behind. On
 * Windows it is removed with the session's release.
 * @param options.folder where the temporary folder is made; default the system's
 * @throws FileError `file/outside-model`, `file/no-weights`, `file/short-weights`
 */
export async function openTapped(
  skeleton: Uint8Array,
  options: {
    /** The file the skeleton was read from. */
    readonly file: string;
    readonly tensors: readonly string[];
    readonly session?: ort.InferenceSession.SessionOptions;
    readonly folder?: string;
  },
): Promise<TappedSession> {
  const own = new Set(readGraph(skeleton).outputs);
  const added = options.tensors.filter((tensor) => !own.has(tensor));
  const weights = await findWeightFiles(skeleton, options.file);
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'boldbridge-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  let session: ort.InferenceSession | null = null;
  try {
    for (const file of weights) await linkOrCopy(file, folder);
    const sidecar = join(folder, nameBeside(weights));
    await writeFile(sidecar, addOutputs(skeleton, added));
    session = await ort.InferenceSession.create(sidecar, options.session);
  } finally {
    if (!session || REMOVES_OPEN_FILES) await remove();
  }
  const opened = session;
  return {
    session,
    added,
    release: async () => {
      await opened.release();
      await remove();
    },
  };
}

/** A name that no weight file has. */
function nameBeside(weights: readonly WeightFile[]): string {
  const taken = new Set(weights.map(({ location }) => location));
  let name = 'sidecar.onnx';
  while (taken.has(name)) name = `_${name}`;
  return name;
}

async function linkOrCopy({ path, location }: WeightFile, folder: string): Promise<void> {
  const target = join(folder, location);
  await mkdir(dirname(target), { recursive: true });
  await link(path, target).catch((error: NodeJS.ErrnoException) => {
    const impossible = ['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS', 'EACCES'];
    if (!impossible.includes(error.code ?? '')) throw error;
    return copyFile(path, target);
  });
}
