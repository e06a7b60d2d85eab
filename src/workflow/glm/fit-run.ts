import type { DesignMatrix } from '../../core/design.js';
import { DataError } from '../../core/errors.js';
import type { Series } from '../../core/series.js';
import type { ContrastMaps, FMaps } from '../../core/statmap.js';
import { fitArma } from '../../glm/arma/arma.js';
import { armaFMaps } from '../../glm/arma/arma-f-maps.js';
import { armaMaps } from '../../glm/arma/arma-maps.js';
import { contrastMaps } from '../../glm/contrast/contrast-maps.js';
import { fContrastMaps } from '../../glm/contrast/f-contrast-maps.js';
import { type Fit, fitGlm } from '../../glm/fit/fit.js';
import { fittedSeries } from '../../glm/fit/residuals.js';
import { seriesOfMaps } from '../../glm/group/second-level.js';
import { clusterRobustTests } from '../../glm/prompts/cluster-robust.js';
import { fitMixed } from '../../glm/prompts/mixed.js';
import { mixedFMaps } from '../../glm/prompts/mixed-f-maps.js';
import { mixedMaps } from '../../glm/prompts/mixed-maps.js';
import { type PromptSums, sumByPrompt } from '../../glm/prompts/prompt-sums.js';
import { joinRuns } from '../../glm/prompts/prompt-sums-join.js';
import { groupByPrompt, promptDesign, promptMeans } from '../../glm/prompts/prompts.js';
import { type Contrasts, contrastsOf } from './contrasts.js';
import type { RunInput } from './inputs.js';
import type { HeldRun } from './permuted.js';
import { type RunDesign, runDesign } from './run-design.js';
import type { Specification } from './specification.js';

/** The maps of some contrasts. */
export interface Maps {
  readonly t: readonly ContrastMaps[];
  readonly f: readonly FMaps[];
}

/** One run's model and what came of it. */
export interface RunFit {
  readonly specification: Specification;
  readonly run: RunDesign;
  /** As it was fitted: a row a prompt or a row a volume. */
  readonly design: DesignMatrix;
  readonly contrasts: Contrasts;
  readonly maps: Maps;
  readonly rSquare: Float64Array | null; // [units]
  /** Data less fit, a volume a volume; null where the sample is prompts. */
  readonly residuals: Series | null;
  /** Null for the sums of a mixed model, which is fitted later. */
  readonly broken: BrokenCount | null;
  /** The prompts' means, where they are to be relabelled. */
  readonly held?: HeldRun;
  /** What a mixed model over several runs needs. */
  readonly sums: PromptSums | null;
}

/** Units of a run from which no statistic can be made. */
export interface BrokenCount {
  /** The same value throughout. */
  readonly constant: number;
  /** A value somewhere that is NaN or infinite. */
  readonly notFinite: number;
  /** Left out, with dof 0; else they stay, with t 0. */
  readonly masked: boolean;
}

const NONE: Maps = { t: [], f: [] };

/** @throws DataError `no-unit-left` where no unit can be analysed */
function countBroken({ broken, units }: Fit): BrokenCount {
  const [constant, notFinite] = [broken.constant.length, broken.notFinite.length];
  if (constant + notFinite < units) return { constant, notFinite, masked: broken.masked };
  throw new DataError('no-unit-left', {
    given: `${units} units, of which ${constant} never change and ${notFinite} hold values that are not finite`,
    expected: 'at least one unit to analyse',
    todo: 'Check the mask, and that no volume of the run is damaged; --censor leaves volumes out.',
  });
}

/** Units whose variance is 0: they never change. */
export const countUnmoved = ({ t: [maps] }: Maps): BrokenCount => ({
  constant: maps?.variance.reduce((sum, v) => sum + (v === 0 ? 1 : 0), 0) ?? 0,
  notFinite: 0,
  masked: false,
});

/** Models one run; its series is read once (ARMA: as often as its units need). */
export async function fitRun(input: RunInput, specification: Specification): Promise<RunFit> {
  const { inference, noise, broken } = specification;
  const { series, events } = input;
  const run = await runDesign(input, specification);
  const contrasts = inference === 'mixed' ? { t: [], f: [] } : contrastsOf(specification, run);
  const { design, frameTimes, censored } = run;
  const shared = { specification, run, design, contrasts, rSquare: null, residuals: null };
  if (inference === 'volumes' && noise === 'arma') {
    const fit = await fitArma({ series, design });
    const maps = {
      t: contrasts.t.map((contrast) => armaMaps(fit, contrast)),
      f: contrasts.f.map((contrast) => armaFMaps(fit, contrast)),
    };
    return { ...shared, maps, broken: countUnmoved(maps), sums: null };
  }
  if (inference === 'volumes') {
    const fit = await fitGlm({ series, design, noise: asNoise(noise), censored, broken });
    const residuals = fittedSeries(fit, series, 'residual');
    const own = { maps: mapsOf(fit, contrasts), rSquare: fit.rSquare, broken: countBroken(fit) };
    return { ...shared, ...own, residuals, sums: null };
  }
  const groups = groupByPrompt({ events, frameTimes });
  if (inference === 'mixed') {
    const sums = await sumByPrompt({ series, design, groups });
    return { ...shared, maps: NONE, broken: null, sums };
  }
  if (inference === 'cluster') {
    const maps = await clusterRobustTests({ series, design, groups, contrasts });
    return { ...shared, maps, broken: countUnmoved(maps), sums: null };
  }
  const overPrompts = promptDesign(design, groups);
  const read = promptMeans(input.arriving ?? series, groups, { broken });
  const rows = specification.permutations ? await rowsOf(read) : null;
  const means = rows ? seriesOfMaps(rows) : read;
  const fit = await fitGlm({ series: means, design: overPrompts, noise: 'ols', broken });
  const { rSquare } = fit;
  const own = { maps: mapsOf(fit, contrasts), rSquare, broken: countBroken(fit) };
  const masked = Int32Array.from([...fit.broken.constant, ...fit.broken.notFinite]);
  const { ofEvents } = run;
  const held = rows && { rows, design: overPrompts, ofEvents, contrasts: contrasts.t, masked };
  return { ...shared, ...own, design: overPrompts, ...(held && { held }), sums: null };
}

/** A series held whole. */
async function rowsOf(series: Series): Promise<Float64Array[]> {
  const rows: Float64Array[] = []; // [volumes][units]
  for await (const { volumes, values } of series.blocks())
    for (let v = 0; v < volumes; v++)
      rows.push(Float64Array.from(values.subarray(v * series.units, (v + 1) * series.units)));
  return rows;
}

const asNoise = (noise: Specification['noise']) => (noise === 'arma' ? 'ols' : noise);

function mapsOf(fit: Fit, { t, f }: Contrasts): Maps {
  return {
    t: t.map((contrast) => contrastMaps(fit, contrast)),
    f: f.map((contrast) => fContrastMaps(fit, contrast)),
  };
}

/**
 * One mixed model over the runs of a task: conditions have one effect, constants, drifts and confounds
 * one a run. A prompt that comes back in another run is one prompt.
 */
export function fitJointly(fits: readonly RunFit[]): {
  readonly maps: Maps;
  readonly contrasts: Contrasts;
  readonly design: RunDesign;
} {
  const [{ specification, run }] = fits;
  const ofEvents = [...new Set(fits.flatMap((fit) => fit.run.ofEvents))];
  const sums = fits.flatMap((fit) => (fit.sums ? [fit.sums] : []));
  const joined = joinRuns(sums, { shared: ofEvents, samePrompt: 'by-name' });
  const columnsOf = new Map(fits.flatMap((fit) => [...fit.run.columnsOf]));
  const design = { ...run, columnsOf, ofEvents };
  const contrasts = contrastsOf(specification, design, joined.names);
  const fit = fitMixed(joined);
  const maps = {
    t: contrasts.t.map((contrast) => mixedMaps(fit, contrast)),
    f: contrasts.f.map((contrast) => mixedFMaps(fit, contrast)),
  };
  return { maps, contrasts, design };
}
