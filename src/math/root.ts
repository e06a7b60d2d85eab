/** Steps after which bisection alone would have reached the last digit of any bracket. */
const MOST_STEPS = 200;

/**
 * Where a continuous function crosses zero between `low` and `high`, at which it has opposite signs
 * (a zero at either end is returned as it is), to the last digits of a double.
 * Source: Chandrupatla 1997, Adv. Eng. Softw. 28:145 (inverse quadratic steps where they are safe,
 * bisection elsewhere), as in scipy.optimize.elementwise.find_root.
 */
export function rootBetween(f: (x: number) => number, low: number, high: number): number {
  let [a, b, c] = [high, low, high];
  let [fa, fb, fc] = [f(a), f(b), 0];
  if (fa === 0) return a;
  if (fb === 0) return b;
  if (fa > 0 === fb > 0) throw new Error(`no change of sign between ${low} and ${high}`);
  let part = 0.5;
  for (let step = 0; step < MOST_STEPS; step++) {
    const x = a + part * (b - a);
    const fx = f(x);
    if (fx > 0 === fa > 0) {
      [c, fc] = [a, fa];
    } else {
      [c, b, fc, fb] = [b, a, fb, fa];
    }
    [a, fa] = [x, fx];
    const best = Math.abs(fa) < Math.abs(fb) ? a : b;
    const least = (2 * Number.EPSILON * Math.abs(best) + Number.MIN_VALUE) / Math.abs(b - a);
    if (least > 0.5 || fa === 0) return best;
    const xi = (a - b) / (c - b);
    const phi = (fa - fb) / (fc - fb);
    const safe = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi;
    part = safe
      ? (fa / (fb - fa)) * (fc / (fb - fc)) +
        ((c - a) / (b - a)) * (fa / (fc - fa)) * (fb / (fc - fb))
      : 0.5;
    part = Math.min(1 - least, Math.max(least, part));
  }
  throw new Error(`no root found between ${low} and ${high}`);
}
