/**
 * Holm's step-down correction of p values for their number, in natural logs so that the smallest are kept.
 * Source: Holm 1979.
 */
export function holmLogP(logP: readonly number[]): number[] {
  const order = logP.map((_, i) => i).sort((i, j) => logP[i] - logP[j]);
  const corrected = new Array<number>(logP.length);
  let largest = Number.NEGATIVE_INFINITY;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, Math.min(0, logP[i] + Math.log(logP.length - rank)));
    corrected[i] = largest;
  }
  return corrected;
}
