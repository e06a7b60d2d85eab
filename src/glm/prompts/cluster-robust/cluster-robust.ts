import type { Contrast, DesignMatrix, FContrast } from '../../../core/design.js';
import { DesignError } from '../../../core/errors.js';
import type { Arrivals, Series } from '../../../core/series.js';
import type { ContrastMaps, FMaps } from '../../../core/statmap.js';
import { checkContrast } from '../../contrast/contrast.js';
import { mapsOf } from '../../contrast/contrast-maps.js';
import { fMapsOf, fWeights } from '../../contrast/f-contrast-maps.js';
import type { PromptGroups } from '../prompts.js';
import type { Weighting } from '../sums/accumulated-sums.js';
import { designInPrompts } from '../sums/design-in-prompts.js';
import { accumulateByPrompt } from '../sums/prompt-sums-accumulate.js';
import { hotellingDof } from './cluster-robust-hotelling.js';
import { robustWeights } from './cluster-robust-weights.js';

/** What is tested, t and F. */
interface Tests {
  readonly t: readonly Contrast[];
  readonly f: readonly FContrast[];
}

/**
 * Least squares on volumes with a variance that holds whatever the correlation within prompts (CR2, the
 * bias-reduced sandwich with prompts as clusters) and t with Satterthwaite's degrees of freedom.
 * effect = c b; variance = sum over prompts of (p_g'e_g)^2, with e the residuals and p_g the weights of
 * robustWeights. As those weights are known before the data, one pass sums p_g'y_g, and X may vary
 * within prompts. Memory: (columns + (1 + contrasts) x prompts) x units, whatever the number of volumes.
 * A unit whose residuals are 0 has variance 0, and so t 0, z 0, p 0.5 (F 0, p 1).
 * F = e' V^-1 e / q is Hotelling's T2 with the dof eta of hotellingDof: its covariance V is the CR2 one
 * times eta / dof, dof = eta - q + 1.
 * Source: Bell and McCaffrey 2002; Pustejovsky and Tipton 2018 (clubSandwich: CR2 for lm, Wald_test HTZ).
 * @throws DesignError `rank-deficient`, `too-few-rows`, `unknown-column`, `empty-contrast`,
 *   `dependent-contrasts`, `no-between-dof`. @throws DataError `empty-mask`, `volumes`, `not-finite`.
 */
export async function clusterRobustTests(options: {
  readonly series: Series;
  /** The series as it comes, where it is being made. */
  readonly arriving?: Arrivals | undefined;
  readonly design: DesignMatrix;
  readonly groups: PromptGroups;
  readonly contrasts: Tests;
}): Promise<{ readonly t: ContrastMaps[]; readonly f: FMaps[] }> {
  const { series, arriving, design, groups, contrasts } = options;
  const { names } = design;
  for (const contrast of contrasts.t) checkContrast(contrast, names);
  for (const contrast of contrasts.f) fWeights(contrast, names);
  const rows = [...contrasts.t, ...contrasts.f.flatMap((contrast) => contrast.rows)];
  const inside = designInPrompts(design, groups, series.volumes);
  const { basis, constant } = inside;
  const p = basis.columns;
  const prompts = groups.prompts.length;
  const weights = rows.map((contrast) =>
    Float64Array.from(names, (name) => contrast.weights.get(name) ?? 0),
  ); // [rows][columns]
  const inBasis = weights.map((c) =>
    c.map((_, j) => c.reduce((sum, ci, i) => sum + ci * basis.inverseR[i * p + j], 0)),
  ); // [rows][columns]
  const { promptOf } = inside;
  const robust = robustWeights({ basis, promptOf, prompts, contrasts: inBasis });
  robust.forEach(({ trace }, i) => {
    if (trace <= (1 - 1e-6) * inBasis[i].reduce((sum, w) => sum + w * w, 0))
      refusePrompts(`contrast '${rows[i].name}', which a single prompt determines in part`);
  });
  let next = contrasts.t.length;
  const fRows = contrasts.f.map(({ name, rows: own }) => {
    const indices = own.map(() => next++);
    const eta = hotellingDof(indices.map((i) => robust[i]));
    const dof = eta - own.length + 1;
    if (dof > 0) return { name, indices, eta, dof };
    return refusePrompts(`the F test '${name}' of ${own.length} contrasts, with a dof of ${dof}`);
  });

  const weightings = robust.map(
    ({ adjusted }): Weighting => ({ constant: 0, columns: Float64Array.from(adjusted.flat()) }),
  );
  const how = { inside, weightings, exactSquares: false };
  const sums = await accumulateByPrompt({ series, arriving, groups, ...how });
  const { units } = series;
  const effectOf = (i: number): Float64Array => {
    const ofShift = constant ? weights[i].reduce((sum, c, j) => sum + c * constant[j], 0) : 0;
    const effect = sums.shift.map((shift) => shift * ofShift);
    for (let j = 0; j < p; j++) {
      for (let u = 0; u < units; u++) effect[u] += inBasis[i][j] * sums.columnSums[j * units + u];
    }
    return effect; // [units]
  };
  /** p_g'e_g of every unit. */
  const setScore = (score: Float64Array, i: number, g: number): void => {
    const [first, ...others] = sums.weighted[i];
    for (let u = 0; u < units; u++) score[u] = first.scales[g] * first.sums[g * units + u];
    for (const own of others)
      for (let u = 0; u < units; u++) score[u] += own.scales[g] * own.sums[g * units + u];
    for (let j = 0; j < p; j++) {
      const part = robust[i].columnParts[g * p + j];
      for (let u = 0; u < units; u++) score[u] -= part * sums.columnSums[j * units + u];
    }
  };

  const t = contrasts.t.map(({ name }, i) => {
    const variance = new Float64Array(units);
    const score = new Float64Array(units);
    for (let g = 0; g < prompts; g++) {
      setScore(score, i, g);
      for (let u = 0; u < units; u++) variance[u] += score[u] * score[u];
    }
    dropRounding(variance, sums.squares, inBasis[i]);
    return mapsOf({ contrast: name, dof: robust[i].dof, effect: effectOf(i), variance });
  });
  const f = fRows.map(({ name, indices, eta, dof }) => {
    const q = indices.length;
    const covariance = new Float64Array(units * q * q); // [units, q, q]
    const scores = indices.map(() => new Float64Array(units)); // [q][units]
    for (let g = 0; g < prompts; g++) {
      indices.forEach((i, r) => {
        setScore(scores[r], i, g);
      });
      for (let u = 0; u < units; u++)
        for (let r = 0; r < q; r++)
          for (let s = 0; s < q; s++)
            covariance[(u * q + r) * q + s] += (scores[r][u] * scores[s][u] * eta) / dof;
    }
    clearRounding(
      covariance,
      sums.squares,
      indices.map((i) => inBasis[i]),
    );
    return fMapsOf({ contrast: name, dof, effects: indices.map(effectOf), covariance });
  });
  return { t, f };
}

/** The t contrasts alone; see clusterRobustTests. */
export const clusterRobustMaps = async (
  options: Omit<Parameters<typeof clusterRobustTests>[0], 'contrasts'> & {
    readonly contrasts: readonly Contrast[];
  },
): Promise<ContrastMaps[]> =>
  (await clusterRobustTests({ ...options, contrasts: { t: options.contrasts, f: [] } })).t;

function refusePrompts(given: string): never {
  throw new DesignError('no-between-dof', {
    given,
    expected: 'at least two prompts of each kind that a contrast compares',
    todo: 'Present more prompts, or take fewer confounds or drifts.',
  });
}

/** As dropRounding: where any row's variance is rounding alone, nothing was measured. */
function clearRounding(
  covariance: Float64Array, // [units, q, q]
  squares: Float64Array, // [units]
  rows: readonly Float64Array[], // [q][columns]
): void {
  const q = rows.length;
  rows.forEach((w, r) => {
    const variance = squares.map((_, u) => covariance[(u * q + r) * q + r]);
    dropRounding(variance, squares, w);
    variance.forEach((value, u) => {
      if (value === 0) covariance.fill(0, u * q * q, (u + 1) * q * q);
    });
  });
}

/** Variances that rounding alone makes of data without residuals count as 0. */
function dropRounding(variance: Float64Array, squares: Float64Array, w: Float64Array): void {
  const scale = 2 ** -96 * w.reduce((sum, value) => sum + value * value, 0);
  for (let u = 0; u < variance.length; u++) {
    if (variance[u] <= scale * squares[u]) variance[u] = 0;
  }
}
