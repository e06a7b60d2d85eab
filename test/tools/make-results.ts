import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const FIXTURES = join(import.meta.dirname, '../fixtures/tools');

/** A file or folder of what the tools wrote (see its README). */
export const fixture = (...path: string[]): string => join(FIXTURES, ...path);

/** Copies an SPM analysis, its SPM.mat unpacked. */
export async function spmFolder(name: 'none' | 'ar1', folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await cp(fixture('spm', name), folder, { recursive: true });
  await writeFile(join(folder, 'SPM.mat'), gunzipSync(await readFile(join(folder, 'SPM.mat.gz'))));
  return folder;
}
