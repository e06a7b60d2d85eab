/** Correlations of pairs of units, gathered volume by volume. */
export interface PairCorrelations {
  /** @param z of every unit, at most rounding off mean 0 and sd 1 */
  add(z: Float64Array): void;
  /**
   * The mean Pearson correlation of each list's pairs over the volumes added. Pairs of which one unit
   * never changes have none and are left out; NaN where no pair is left.
   */
  means(): number[]; // [lists]
}

/** A sum of squares below this is rounding: standardised units have about one a volume. */
const FLAT = 1e-9;

/** @param lists [pairs, 2] units each */
export function pairCorrelations(units: number, lists: readonly Int32Array[]): PairCorrelations {
  const [sums, squares] = [new Float64Array(units), new Float64Array(units)]; // [units]
  const products = lists.map((pairs) => new Float64Array(pairs.length / 2)); // [lists][pairs]
  let volumes = 0;
  return {
    add: (z) => {
      volumes++;
      for (let u = 0; u < units; u++) {
        sums[u] += z[u];
        squares[u] += z[u] * z[u];
      }
      for (const [l, pairs] of lists.entries()) {
        const own = products[l];
        for (let p = 0; p < own.length; p++) own[p] += z[pairs[2 * p]] * z[pairs[2 * p + 1]];
      }
    },
    means: () => {
      const variance = squares.map((square, u) => square - sums[u] ** 2 / volumes); // [units]
      return lists.map((pairs, l) => {
        let [sum, count] = [0, 0];
        for (let p = 0; p < products[l].length; p++) {
          const [a, b] = [pairs[2 * p], pairs[2 * p + 1]];
          if (!(variance[a] > FLAT && variance[b] > FLAT)) continue;
          const covariance = products[l][p] - (sums[a] * sums[b]) / volumes;
          sum += covariance / Math.sqrt(variance[a] * variance[b]);
          count++;
        }
        return sum / count;
      });
    },
  };
}
