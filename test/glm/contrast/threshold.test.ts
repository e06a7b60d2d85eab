import { expect, test } from 'vitest';
import { applyThreshold } from '../../../src/glm/contrast/threshold.js';
import { CONFIGURATIONS } from '../../golden/configurations.js';
import { table } from '../../golden/read.js';

const cases = CONFIGURATIONS.flatMap(([name, { runs }]) =>
  Object.entries(runs).map(([run, expected]) => ({ name, run, expected })),
);

test.each(cases)("$name run $run: nilearn's thresholds and counts", ({ name, run, expected }) => {
  const z = Float64Array.from(table(`${name}/run-${run}_maps.tsv`).number('a_z'));
  const fdr = applyThreshold({ z, rule: { method: 'fdr', alpha: 0.05 }, twoSided: false });
  const wanted = expected['fdr_threshold_0.05_a_z'] ?? Number.POSITIVE_INFINITY;
  expect(fdr.threshold).toBe(wanted === Number.POSITIVE_INFINITY ? wanted : fdr.threshold);
  if (Number.isFinite(wanted)) expect(fdr.threshold).toBeCloseTo(wanted, 11);
  expect(fdr.count).toBe(expected.n_a_z_above_fdr);
  const bonferroni = applyThreshold({ z, rule: { method: 'bonferroni', alpha: 0.05 } });
  expect(bonferroni.threshold).toBeCloseTo(expected['bonferroni_threshold_0.05_two_sided_a_z'], 11);
});

const z = Float64Array.of(-4, -2, -1, 0, 1, 2, 3.1, 5);

test('fixed and uncorrected thresholds, one-sided and two-sided', () => {
  const fixed = { method: 'fixed', z: 3.1 } as const;
  expect([...applyThreshold({ z, rule: fixed }).active]).toEqual([1, 0, 0, 0, 0, 0, 1, 1]);
  expect(applyThreshold({ z, rule: fixed, twoSided: false }).count).toBe(2);
  const fpr = applyThreshold({ z, rule: { method: 'fpr', alpha: 0.05 } });
  expect(fpr.threshold).toBeCloseTo(1.959963984540054, 12);
  expect(fpr.count).toBe(5);
});

test('FDR finds nothing in nothing', () => {
  const nothing = applyThreshold({
    z: new Float64Array(100),
    rule: { method: 'fdr', alpha: 0.05 },
  });
  expect(nothing).toMatchObject({ threshold: Number.POSITIVE_INFINITY, count: 0 });
});

test('the top per cent, with equals, of either sign or of one', () => {
  const active = (percent: number, twoSided?: boolean) => [
    ...applyThreshold({
      z,
      rule: { method: 'top', percent },
      ...(twoSided !== undefined && { twoSided }),
    }).active,
  ];
  expect(active(25)).toEqual([1, 0, 0, 0, 0, 0, 0, 1]);
  expect(active(50)).toEqual([1, 1, 0, 0, 0, 1, 1, 1]);
  expect(active(25, false)).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
  expect(active(1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(active(100)).toEqual(Array(8).fill(1));
});

test.each([
  { method: 'fdr', alpha: 0 },
  { method: 'bonferroni', alpha: 1 },
  { method: 'fpr', alpha: Number.NaN },
  { method: 'fixed', z: Number.NaN },
  { method: 'top', percent: 0 },
  { method: 'top', percent: 101 },
] as const)('refuses %j', (rule) => {
  expect(() => applyThreshold({ z, rule })).toThrow(
    expect.objectContaining({ code: 'design/threshold' }),
  );
});
