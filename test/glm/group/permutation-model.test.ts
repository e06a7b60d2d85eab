import { expect, test } from 'vitest';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';
import { testedModel } from '../../../src/glm/group/permutation-model.js';
import { seriesOfMaps } from '../../../src/glm/group/second-level.js';
import { normals } from '../simulate.js';

const names = ['a', 'b', 'c', 'constant'];
const rows = 12;
const noise = normals(rows * 4, 3);
const withConstant = {
  names,
  rows,
  values: noise.map((v, i) => (i % 4 === 3 ? 2 : v)),
};
const without = { names, rows, values: noise };
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);

test.each([
  ['a', withConstant, true],
  ['a - b', withConstant, true],
  ['0.3*a + 2*c', withConstant, true],
  ['constant', withConstant, false],
  ['a - constant', withConstant, false],
  ['a - b', without, false],
] as const)('%s: the split spans the design and gives its t', async (formula, design, first) => {
  const contrast = parseContrast(formula, names);
  const model = testedModel(design, contrast);
  expect([model.dof, model.nuisance.length, model.constantFirst]).toEqual([8, 3, first]);
  const vectors = [model.tested, ...model.nuisance];
  vectors.forEach((a, i) => {
    vectors.forEach((b, j) => {
      expect(dot(a, b)).toBeCloseTo(i === j ? 1 : 0, 12);
    });
  });
  if (first) for (const v of model.nuisance[0]) expect(Math.abs(v)).toBeCloseTo(12 ** -0.5, 12);

  // The t of 20 units by projections, and by the GLM.
  const data = Array.from({ length: rows }, (_, row) => normals(20, 100 + row));
  const fit = await fitGlm({ series: seriesOfMaps(data), design, noise: 'ols' });
  contrastMaps(fit, contrast).t.forEach((t, u) => {
    const y = Float64Array.from(data, (map) => map[u]);
    const b = dot(model.tested, y);
    const left = dot(y, y) - vectors.reduce((sum, v) => sum + dot(v, y) ** 2, 0);
    expect(b / Math.sqrt(left / model.dof)).toBeCloseTo(t, 10);
  });
});

test('designs that leave nothing are refused', () => {
  const square = { names: ['x', 'y'], rows: 2, values: Float64Array.of(1, 0, 0, 1) };
  const contrast = parseContrast('x', square.names);
  expect(() => testedModel(square, contrast)).toThrow(
    expect.objectContaining({ code: 'design/no-dof' }),
  );
});
