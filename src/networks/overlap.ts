/** Units that two networks share, beside their sizes. */
export interface Overlap {
  readonly both: number;
  /** 2 |A and B| / (|A| + |B|); null where both are empty. Source: Dice 1945. */
  readonly dice: number | null;
}

/**
 * How far two networks overlap.
 * @throws RangeError where they are not over the same units
 */
export function overlap(
  a: Uint8Array, // [units]
  b: Uint8Array, // [units]
): Overlap {
  if (a.length !== b.length)
    throw new RangeError(`networks over ${a.length} and ${b.length} units`);
  let [both, sizes] = [0, 0];
  for (let u = 0; u < a.length; u++) {
    both += a[u] & b[u];
    sizes += a[u] + b[u];
  }
  return { both, dice: sizes === 0 ? null : (2 * both) / sizes };
}
