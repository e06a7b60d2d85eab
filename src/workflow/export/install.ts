import { cp, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DERIVATIVE, type SessionId, sessionFolder } from '../../bids/paths.js';
import { filesBelow } from '../../files/below.js';
import { sameBytes } from '../../files/same.js';

/** The folders of a session: first the derivative's, which nobody looks at without the other. */
const foldersOf = (id: SessionId) => [join(DERIVATIVE, sessionFolder(id)), sessionFolder(id)];

/**
 * Whether what was staged of a session differs from what stands in the dataset. What stands there and
 * was not staged is someone else's: it is put beside what was.
 */
export async function sessionDiffers(
  id: SessionId,
  { stage, dataset }: { readonly stage: string; readonly dataset: string },
): Promise<boolean> {
  let differs = false;
  for (const folder of foldersOf(id)) {
    const [staged, standing] = [join(stage, folder), join(dataset, folder)];
    const files = await filesBelow(staged);
    const old = await filesBelow(standing).catch(() => []);
    for (const file of files)
      differs ||= !(await sameBytes(join(staged, file), join(standing, file)));
    for (const file of old.filter((name) => !files.includes(name)))
      await cp(join(standing, file), join(staged, file), { preserveTimestamps: true });
  }
  return differs;
}

/**
 * Puts a staged session in the place of the one that stands in the dataset, if any: renames only, so
 * that a session is there whole or not at all. Where one fails, what stood there is put back.
 */
export async function installSession(
  id: SessionId,
  { stage, dataset }: { readonly stage: string; readonly dataset: string },
): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  const move = async (from: string, to: string) => {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
    undo.unshift(() => rename(to, from));
  };
  try {
    for (const folder of foldersOf(id).reverse()) {
      await move(join(dataset, folder), join(stage, 'replaced', folder)).catch(unlessAbsent);
    }
    for (const folder of foldersOf(id)) await move(join(stage, folder), join(dataset, folder));
  } catch (error) {
    for (const back of undo) await back().catch(() => {});
    throw error;
  }
}

/** Moves a file into the dataset unless the same bytes stand there. */
export async function installFile(
  file: string,
  { stage, dataset }: { readonly stage: string; readonly dataset: string },
): Promise<void> {
  const [staged, standing] = [join(stage, file), join(dataset, file)];
  if (await sameBytes(staged, standing)) return;
  await mkdir(dirname(standing), { recursive: true });
  await rename(staged, standing);
}

function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
