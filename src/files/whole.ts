import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OutputError } from '../core/errors.js';

/** Where the work in progress for `path` lives: beside it, so that renaming is atomic. */
function partialName(path: string): string {
  const whole = resolve(path);
  return join(dirname(whole), `.${basename(whole)}.partial-${process.pid}`);
}

/**
 * Writes a file under a temporary name and renames it when it is whole. When `write` fails nothing
 * is left and the error passes on.
 */
export async function writeWhole<T>(
  path: string,
  write: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = partialName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const result = await write(temporary);
    await rename(temporary, path);
    return result;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw asOutputError(path, error);
  }
}

/** Writes a small text file whole or not at all. */
export async function writeText(path: string, text: string): Promise<void> {
  await writeWhole(path, (temporary) => writeFile(temporary, text));
}

/** Writes a value as indented JSON, whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeText(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Refuses a folder that holds something.
 * @throws OutputError `output/exists` unless `force`, or the folder is absent or empty.
 */
export async function requireVacant(folder: string, force: boolean): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new OutputError('not-a-folder', {
      given: `${folder}, which is no folder that can be read (${error.code})`,
      expected: 'a new or empty folder',
      todo: 'Name another output folder.',
      cause: error,
    });
  });
  if (entries.length > 0 && !force) {
    throw new OutputError('exists', {
      given: `${folder}, which already holds ${entries.length} entries`,
      expected: 'a new or empty folder',
      todo: 'Name another folder, or give --force to replace it.',
    });
  }
}

/**
 * Fills a folder under a temporary name and renames it when it is whole, replacing what stood there
 * if `force`. When `fill` fails nothing is left, and what stood there still stands.
 * @throws OutputError `output/exists` if the folder holds something and `force` is false.
 */
export async function stageFolder<T>(
  folder: string,
  options: { readonly force: boolean },
  fill: (temporary: string) => Promise<T>,
): Promise<T> {
  await requireVacant(folder, options.force);
  const temporary = partialName(folder);
  try {
    await removeLeftovers(folder);
    await mkdir(temporary, { recursive: true });
    const result = await fill(temporary);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw asOutputError(folder, error);
  }
}

/**
 * Gives `use` an empty folder on the same disk beside `folder`, from which whole things can be renamed
 * into it; whatever is left there goes.
 */
export async function stageBeside<T>(
  folder: string,
  use: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = partialName(folder);
  try {
    await removeLeftovers(folder);
    await mkdir(temporary, { recursive: true });
    return await use(temporary);
  } catch (error) {
    throw asOutputError(folder, error);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Removes what processes that are no more left of their work on a folder or file: they were killed. */
export async function removeLeftovers(folder: string): Promise<void> {
  const parent = dirname(resolve(folder));
  const prefix = `.${basename(folder)}.partial-`;
  for (const name of await readdir(parent).catch(() => [])) {
    if (!name.startsWith(prefix) || isRunning(Number(name.slice(prefix.length)))) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  ENOSPC: 'on a disk that is full',
  EDQUOT: 'on a disk whose quota is used up',
  EFBIG: 'which would be larger than files may be here',
  EACCES: 'which may not be written to',
  EPERM: 'which may not be written to',
  EROFS: 'on a read-only disk',
  ENOTDIR: 'whose path runs through a file',
  EEXIST: 'whose path runs through a file',
};

function asOutputError(path: string, error: unknown): unknown {
  const { code = '', syscall } = (error ?? {}) as NodeJS.ErrnoException;
  // On a read-only disk Node's recursive mkdir says that the folder it was to make is not there.
  const why = code === 'ENOENT' && syscall === 'mkdir' ? UNWRITABLE.EROFS : UNWRITABLE[code];
  if (!why) return error;
  return new OutputError('unwritable', {
    given: `${path}, ${why}`,
    expected: 'a place with room that can be written to',
    todo: 'Free some room or name another output.',
    cause: error,
  });
}
