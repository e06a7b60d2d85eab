import { logGamma } from './gamma.js';

/** Two subsets of one population, by their sizes. */
export interface Subsets {
  readonly population: number;
  readonly a: number;
  readonly b: number;
}

const logChoose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** Natural log of the chance that random subsets share exactly `both`. */
function logMass(both: number, { population, a, b }: Subsets): number {
  return logChoose(a, both) + logChoose(population - a, b - both) - logChoose(population, b);
}

/** Sum of the masses from `both` on in steps of `step`, over the first; falls away from the mode. */
function sumFrom(both: number, step: 1 | -1, { population, a, b }: Subsets): number {
  const [least, most] = [Math.max(0, a + b - population), Math.min(a, b)];
  let [term, sum] = [1, 1];
  for (let x = both; x !== (step > 0 ? most : least); x += step) {
    const rising = (y: number) => ((a - y) * (b - y)) / ((y + 1) * (population - a - b + y + 1)); // mass of y + 1 over that of y
    term *= step > 0 ? rising(x) : 1 / rising(x - 1);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum;
}

/**
 * Natural log of the chance that two random subsets of a population share `both` members or more,
 * accurate however small. Source: the hypergeometric distribution (Fisher's exact test, one-sided).
 */
export function hypergeometricLogSf(both: number, sizes: Subsets): number {
  const { population, a, b } = sizes;
  if (both <= Math.max(0, a + b - population)) return 0;
  if (both > Math.min(a, b)) return Number.NEGATIVE_INFINITY;
  const aboveMode = both * (population + 2) >= (a + 1) * (b + 1);
  if (aboveMode) return logMass(both, sizes) + Math.log(sumFrom(both, 1, sizes));
  const below = logMass(both - 1, sizes) + Math.log(sumFrom(both - 1, -1, sizes));
  return Math.log1p(-Math.exp(below));
}
