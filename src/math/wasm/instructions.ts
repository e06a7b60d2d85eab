import type { Instruction } from './module.js';

/** Arithmetic of pairs of doubles in named locals, as instructions. */

export const get = (name: string): Instruction => ['local.get', name];
export const set = (name: string): Instruction => ['local.set', name];

export const difference = (a: string, b: string): Instruction[] => [get(a), get(b), ['f64x2.sub']];
export const product = (a: string, b: string): Instruction[] => [get(a), get(b), ['f64x2.mul']];

/** Adds what a term leaves to a local. */
export const addTo = (sum: string, term: readonly Instruction[]): Instruction[] => [
  ...[get(sum), ...term],
  ['f64x2.add'],
  set(sum),
];

export const zero: Instruction = ['v128.const', ...new Array<number>(16).fill(0)];

/** Names of as many locals as `count`, from 1. */
export const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name} ${i + 1}`);
