import { readFile } from 'node:fs/promises';

/** FSL's text format of design.mat, .con and .fts: `/Key value` lines, then `/Matrix` and its rows. */
export interface Vest {
  readonly keys: ReadonlyMap<string, string>;
  readonly rows: readonly (readonly number[])[];
}

/** Null where there is no such file. */
export async function readVest(path: string): Promise<Vest | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const [head, body = ''] = text.split(/^\/Matrix.*$/m);
  const keys = [...head.matchAll(/^\/(\S+)[ \t]*(.*)$/gm)].map(
    ([, key, value]) => [key, value.trim()] as const,
  );
  const rows = body
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/).map(Number));
  return { keys: new Map(keys), rows };
}

/** The names of the rows, as `/ContrastName1 name` lines give them. */
export const rowName = (vest: Vest | null, row: number): string | undefined =>
  vest?.keys.get(`ContrastName${row}`) || undefined;
