import { expect, test } from 'vitest';
import type { DesignMatrix } from '../../../src/core/design.js';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';
import { seriesOfMaps } from '../../../src/glm/group/second-level.js';
import { subjectDesign } from '../../../src/glm/group/second-level-design.js';
import { largestRelative } from '../../golden/read.js';
import { type Case, makeMaps, run, sorted } from './permutation-cases.js';

/** Every order of 0..n-1. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

/** Freedman and Lane as they say it: nuisance fit + rearranged residuals, and the whole model again. */
async function refitted(
  { maps, design, formula, scheme }: Case,
  nuisance: DesignMatrix,
): Promise<Float64Array[]> {
  const n = maps.length;
  const units = maps[0].length;
  const rest = await fitGlm({ series: seriesOfMaps(maps), design: nuisance, noise: 'ols' });
  const effects = nuisance.names.map(
    (name) => contrastMaps(rest, parseContrast(name, nuisance.names)).effect,
  );
  const fitted = maps.map((_, i) =>
    Float64Array.from({ length: units }, (_, u) =>
      effects.reduce((sum, e, j) => sum + e[u] * nuisance.values[i * effects.length + j], 0),
    ),
  ); // [rows][units]
  const identity = Array.from({ length: n }, (_, i) => i);
  const ways =
    scheme === 'shuffles'
      ? orders(n).map((order) => ({ order, sign: identity.map(() => 1) }))
      : Array.from({ length: 2 ** n }, (_, flip) => ({
          order: identity,
          sign: identity.map((i) => ((flip >> i) & 1 ? -1 : 1)),
        }));
  const data = maps.map((_, i) => {
    const wide = ways.flatMap(({ order, sign }) =>
      Array.from(fitted[i], (f, u) => f + sign[i] * (maps[order[i]][u] - fitted[order[i]][u])),
    );
    return Float64Array.from(wide); // [ways, units]
  });
  const fit = await fitGlm({ series: seriesOfMaps(data), design, noise: 'ols' });
  const { t } = contrastMaps(fit, parseContrast(formula, design.names));
  return ways.map((_, way) => t.slice(way * units, (way + 1) * units).map(Math.abs)); // [ways][units]
}

const SIX = { x: [0, 1, 0, 1, 1, 0], age: [3, 1, 4, 1, 5, 9], one: [1, 1, 1, 1, 1, 1] };
const column = (name: keyof typeof SIX) => ({ name, values: SIX[name] });

test.each([
  ['shuffles', ['x', 'age', 'one'], ['age', 'one']],
  ['shuffles', ['x', 'age'], ['age']],
  ['sign-flips', ['x', 'age', 'one'], ['age', 'one']],
] as const)('%s of residuals, %s: Freedman and Lane by refitting', async (scheme, full, rest) => {
  const maps = makeMaps(6, 5, 70).map((map, i) => map.map((v, u) => v + u * SIX.x[i] + 100));
  const design = subjectDesign(full.map(column));
  const options = { maps, design, formula: 'x', scheme };
  const found = await run(options);
  const all = await refitted(options, subjectDesign(rest.map(column)));
  expect(found.permutations + 1).toBe(all.length);
  const identity = all.findIndex((t) => largestRelative(t, found.t.map(Math.abs)) < 1e-9);
  expect(identity).toBeGreaterThanOrEqual(0);
  const maxima = all.map((t) => Math.max(...t));
  const others = maxima.filter((_, way) => way !== identity);
  expect(largestRelative(sorted(found.maxima), sorted(others))).toBeLessThan(1e-8);
  found.t.forEach((t, u) => {
    const share = (values: readonly number[]) =>
      values.filter((value) => value >= Math.abs(t) * (1 - 1e-9)).length / values.length;
    expect(found.p[u]).toBeCloseTo(share(all.map((way) => way[u])), 12);
    expect(found.pFwe[u]).toBeCloseTo(share(maxima), 12);
  });
});
