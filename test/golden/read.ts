import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A tab-separated table of the golden data, by column. */
export interface Table {
  readonly length: number;
  readonly names: readonly string[];
  text(column: string): string[]; // [rows]
  number(column: string): number[]; // [rows]
}

export function golden(file: string): string {
  return join(import.meta.dirname, file);
}

/** Reads a table below test/golden. */
export function table(file: string): Table {
  const [head, ...lines] = readFileSync(golden(file), 'utf8').trimEnd().split('\n');
  const names = head.split('\t');
  const cells = lines.map((line) => line.split('\t'));
  const text = (column: string) => {
    const at = names.indexOf(column);
    if (at < 0) throw new Error(`${file} has no column ${column}`);
    return cells.map((row) => row[at]);
  };
  return { length: lines.length, names, text, number: (column) => text(column).map(Number) };
}

/** Difference over the expected size; the plain difference where 0 is expected. */
export function relative(actual: number, expected: number): number {
  if (actual === expected) return 0;
  return Math.abs(actual - expected) / (Math.abs(expected) || 1);
}

/** The largest relative difference of two columns. */
export function largestRelative(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < expected.length; i++) {
    const difference = relative(actual[i], expected[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
