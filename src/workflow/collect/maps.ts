import type { Grid } from '../../core/grid.js';
import { fLogSf, normalSf, tLogSf, zOfF, zOfT } from '../../math/distributions.js';
import type { FoundTest, Statistic } from '../../tools/read/found.js';
import { isMissing, median, readAtUnits } from './screen.js';

/** One test over the dataset's units. Units the tool left out: statistics 0, p 0.5 (1 of an F), dof 0. */
export interface CollectedMaps {
  readonly statistic: Statistic;
  /** Of t, or of F's denominator: the median where units differ; null for a z. */
  readonly dof: number | null;
  readonly dofPerUnit?: Float64Array; // [units]
  readonly numerator?: number;
  readonly effect?: Float64Array; // [units]
  readonly variance?: Float64Array; // [units]
  readonly t?: Float64Array; // [units]
  readonly F?: Float64Array; // [units]
  readonly z: Float64Array; // [units]
  readonly p: Float64Array; // [units]
  /** Largest difference of z from the tool's own, where |z| < 5; null where it wrote none. */
  readonly differenceOfZ: number | null;
}

/** Beyond this, tools that go through p lose digits. */
const FAR = 5;

/**
 * A tool's test as maps: z and p from t or F and its degrees of freedom, right far into the tails;
 * the variance as the tool has it, else (effect / t)^2.
 * @throws as readAtUnits
 */
export async function mapsOfTest(
  test: FoundTest,
  values: Float64Array, // [units], of test.map
  grid: Grid,
): Promise<CollectedMaps> {
  const read = (ref: FoundTest['effect']) => (ref ? readAtUnits(ref, grid) : null);
  const [effect, scaled, ownZ, dofMap] = await Promise.all(
    [test.effect, test.variance?.map, test.ownZ, test.dofMap].map(read),
  );
  const present = values.map((value) => (isMissing(value) ? 0 : 1)); // [units]
  const known = (map: Float64Array) => map.map((value, u) => (present[u] ? value : 0));
  const dofs = known(dofMap ?? values.map(() => test.dof ?? 0)); // [units]
  const dof = test.statistic === 'z' ? null : median(dofs.filter((own) => own > 0));
  const { numerator = 0, statistic } = test;
  const [z, p] = [known(values), present.map((on) => (on || statistic !== 'F' ? 0.5 : 1))];
  for (let u = 0; u < values.length; u++) {
    if (!present[u]) continue;
    if (statistic === 't') {
      z[u] = zOfT(values[u], dofs[u]);
      p[u] = Math.exp(tLogSf(values[u], dofs[u]));
    } else if (statistic === 'F') {
      const own = { numerator, denominator: dofs[u] };
      z[u] = zOfF(values[u], own);
      p[u] = Math.exp(fLogSf(values[u], own));
    } else p[u] = normalSf(values[u]);
  }
  const variance = scaled
    ? known(scaled.map((value) => value * test.variance!.scale))
    : effect && statistic === 't'
      ? known(effect.map((value, u) => (value / values[u]) ** 2))
      : null;
  const hasT = statistic === 't' || (statistic === 'z' && effect && variance);
  return {
    statistic,
    dof,
    ...((dofMap || present.includes(0)) && dof !== null && { dofPerUnit: dofs }),
    ...(statistic === 'F' && { numerator, F: known(values) }),
    ...(effect && { effect: known(effect) }),
    // Without degrees of freedom nothing can be done with a variance.
    ...(variance && dof !== null && { variance }),
    ...(hasT && {
      t:
        statistic === 't'
          ? known(values)
          : known(effect!.map((e, u) => e / Math.sqrt(variance![u]))),
    }),
    ...{ z, p, differenceOfZ: ownZ && largestDifference(z, ownZ) },
  };
}

function largestDifference(z: Float64Array, own: Float64Array): number {
  return z.reduce(
    (largest, value, u) =>
      Math.abs(value) < FAR && !isMissing(own[u])
        ? Math.max(largest, Math.abs(value - own[u]))
        : largest,
    0,
  );
}
