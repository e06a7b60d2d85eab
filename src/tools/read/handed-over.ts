import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { numberColumn, parseTsv, textColumn } from '../../files/tsv.js';

/** What a handoff called a contrast: see tools/contrast-table.ts. */
export interface HandedOver {
  readonly test: 't' | 'F';
  /** Counted apart for t and F. */
  readonly number: number;
  readonly label: string;
  readonly contrast: string;
}

const FARTHEST = 6; // folders between a result and the handoff's root

/**
 * The contrasts of the handoff that a result was computed from: `contrasts.tsv` in the folder of its run
 * (or of a run of its group) at the handoff's root, found by the name of one of the result's folders.
 * Null where there is none.
 */
export async function contrastsHandedOver(path: string): Promise<readonly HandedOver[] | null> {
  const below: string[] = [];
  let folder = resolve(path);
  for (let up = 0; up < FARTHEST; up++) {
    below.push(basename(folder).replace(/\.g?feat$/, ''));
    folder = dirname(folder);
    const own = (await readdir(folder).catch(() => [])).filter((name) =>
      below.some((part) => part.startsWith('sub-') && `${name}_`.startsWith(`${part}_`)),
    );
    for (const name of own.sort()) {
      const table = await readTable(join(folder, name, 'contrasts.tsv'));
      if (table) return table;
    }
  }
  return null;
}

async function readTable(file: string): Promise<readonly HandedOver[] | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const table = parseTsv(text, file);
  const [tests, labels, contrasts] = ['test', 'label', 'contrast'].map((name) =>
    textColumn(table, name, file),
  );
  return numberColumn(table, 'number', file).map((number, row) => ({
    test: tests[row] === 'F' ? 'F' : 't',
    number,
    label: labels[row],
    contrast: contrasts[row],
  }));
}
