import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { HandoffFile } from '../../../src/core/handoff.js';
import { type MatValue, readMat5 } from '../../../src/files/mat5.js';

/** The first golden run: its folder among SPM's files. */
export const NAME = 'sub-01_task-x_run-1';

const find = (files: readonly HandoffFile[], path: string): HandoffFile => {
  const own = files.find((file) => file.path === path);
  if (!own) throw new Error(`no ${path} among ${files.map((file) => file.path).join(', ')}`);
  return own;
};
/** A mat file's variables by name, read from the disk as SPM would. It is written into this folder. */
export async function mat(folder: string, files: readonly HandoffFile[], path: string) {
  const own = find(files, path);
  const place = join(folder, path.replaceAll('/', '_'));
  await writeFile(place, 'bytes' in own ? own.bytes : '');
  expect((await readFile(place)).length).toBeGreaterThan(128);
  return readMat5(place);
}
export const numbersOf = (value: MatValue | undefined) =>
  value?.kind === 'numbers' ? [...value.values] : [];
export const cellsOf = (value: MatValue | undefined) => (value?.kind === 'cell' ? value.cells : []);
export const textsOf = (value: MatValue | undefined) =>
  cellsOf(value).map((own) => (own.kind === 'text' ? own.rows[0] : null));

/** A batch's assignments: `spec.sess(1).hpf` to what stands right of the sign. */
export function assignments(batch: string): Map<string, string> {
  const joined = batch
    .replace(/\.\.\.\n\s*/g, '')
    .replace(/\{\n([^}]*)\}/g, (_, inner) => `{${inner.trim().replace(/\n\s*/g, '; ')}}`);
  const lines = joined.split('\n').filter((line) => line !== '' && !line.startsWith('%'));
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [, left, right] = /^([\w.(){}]+) = (.*);$/.exec(line) ?? [];
      return left === undefined ? [] : [[left, right]];
    }),
  );
}
