import type { Contrast, DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import type { Series } from '../../core/series.js';
import type { ContrastMaps } from '../../core/statmap.js';
import { checkContrast } from '../contrast/contrast.js';
import { mapsOf } from '../contrast/contrast-maps.js';
import { robustWeights } from './cluster-robust-weights.js';
import { designInPrompts } from './prompt-sums.js';
import { accumulateByPrompt } from './prompt-sums-accumulate.js';
import type { PromptGroups } from './prompts.js';

/**
 * Least squares on volumes with a variance that holds whatever the correlation within prompts (CR2, the
 * bias-reduced sandwich with prompts as clusters) and t with Satterthwaite's degrees of freedom.
 * effect = c b; variance = sum over prompts of (p_g'e_g)^2, with e the residuals and p_g the weights of
 * robustWeights. As those weights are known before the data, one pass sums p_g'y_g, and X may vary
 * within prompts. Memory: (columns + contrasts x prompts) x units, whatever the number of volumes.
 * A unit whose residuals are 0 has variance 0, and so t 0, z 0, p 0.5.
 * Source: Bell and McCaffrey 2002; Pustejovsky and Tipton 2018 (clubSandwich, CR2 for lm).
 * @throws DesignError `rank-deficient`, `too-few-rows`, `unknown-column`, `empty-contrast`,
 *   `no-between-dof`. @throws DataError `empty-mask`, `volumes`, `not-finite`.
 */
export async function clusterRobustMaps(options: {
  readonly series: Series;
  readonly design: DesignMatrix;
  readonly groups: PromptGroups;
  readonly contrasts: readonly Contrast[];
}): Promise<ContrastMaps[]> {
  const { series, design, groups, contrasts } = options;
  const { names } = design;
  for (const contrast of contrasts) checkContrast(contrast, names);
  const inside = designInPrompts(design, groups, series.volumes);
  const { basis, constant } = inside;
  const p = basis.columns;
  const prompts = groups.prompts.length;
  const weights = contrasts.map((contrast) =>
    Float64Array.from(names, (name) => contrast.weights.get(name) ?? 0),
  ); // [contrasts][columns]
  const inBasis = weights.map((c) =>
    c.map((_, j) => c.reduce((sum, ci, i) => sum + ci * basis.inverseR[i * p + j], 0)),
  ); // [contrasts][columns]
  const promptOf = inside.volumeOf.map((volume) => groups.promptOf[volume]);
  const robust = robustWeights({ basis, promptOf, prompts, contrasts: inBasis });
  robust.forEach(({ trace }, i) => {
    if (trace > (1 - 1e-6) * inBasis[i].reduce((sum, w) => sum + w * w, 0)) return;
    throw new DesignError('no-between-dof', {
      given: `contrast '${contrasts[i].name}', which a single prompt determines in part`,
      expected: 'at least two prompts of each kind that a contrast compares',
      todo: 'Present more prompts, or take fewer confounds or drifts.',
    });
  });

  const weightings = robust.map((own) => own.weights);
  const sums = await accumulateByPrompt({ series, groups, inside, weightings });
  const { units } = series;
  return contrasts.map(({ name }, i) => {
    const { columnParts, dof } = robust[i];
    const w = inBasis[i];
    const ofShift = constant ? weights[i].reduce((sum, c, j) => sum + c * constant[j], 0) : 0;
    const effect = sums.shift.map((shift) => shift * ofShift);
    const variance = new Float64Array(units);
    const score = new Float64Array(units);
    for (let j = 0; j < p; j++) {
      for (let u = 0; u < units; u++) effect[u] += w[j] * sums.columnSums[j * units + u];
    }
    for (let g = 0; g < prompts; g++) {
      score.set(sums.weighted[i].subarray(g * units, (g + 1) * units));
      for (let j = 0; j < p; j++) {
        const part = columnParts[g * p + j];
        for (let u = 0; u < units; u++) score[u] -= part * sums.columnSums[j * units + u];
      }
      for (let u = 0; u < units; u++) variance[u] += score[u] * score[u];
    }
    dropRounding(variance, sums.squares, w);
    return mapsOf({ contrast: name, dof, effect, variance });
  });
}

/** Variances that rounding alone makes of data without residuals count as 0. */
function dropRounding(variance: Float64Array, squares: Float64Array, w: Float64Array): void {
  const scale = 2 ** -96 * w.reduce((sum, value) => sum + value * value, 0);
  for (let u = 0; u < variance.length; u++) {
    if (variance[u] <= scale * squares[u]) variance[u] = 0;
  }
}
