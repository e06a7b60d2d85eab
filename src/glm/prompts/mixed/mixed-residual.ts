import type { PromptSums } from '../sums/prompt-sums.js';

/** The inner product. */
export const dot = (a: Float64Array, b: Float64Array) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** Writes one unit's least-squares residuals summed over each prompt, Z'Sy = Z'd - Z'Q Q'd, into `into`. */
export function residualSums(sums: PromptSums): (unit: number, into: Float64Array) => void {
  const { units, designSums, columnSums, dataSums } = sums;
  const p = sums.names.length;
  return (unit, into) => {
    for (let g = 0; g < into.length; g++) {
      let rest = dataSums[g * units + unit];
      for (let j = 0; j < p; j++) rest -= designSums[g * p + j] * columnSums[j * units + unit];
      into[g] = rest;
    }
  };
}
