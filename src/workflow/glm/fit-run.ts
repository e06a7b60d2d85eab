import type { DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import type { Series } from '../../core/series.js';
import type { ContrastMaps, FMaps } from '../../core/statmap.js';
import { fitArma } from '../../glm/arma/arma.js';
import { armaMaps } from '../../glm/arma/arma-maps.js';
import { contrastMaps } from '../../glm/contrast/contrast-maps.js';
import { fContrastMaps } from '../../glm/contrast/f-contrast-maps.js';
import { type Fit, fitGlm } from '../../glm/fit/fit.js';
import { fittedSeries } from '../../glm/fit/residuals.js';
import { clusterRobustMaps } from '../../glm/prompts/cluster-robust.js';
import { fitMixed } from '../../glm/prompts/mixed.js';
import { mixedMaps } from '../../glm/prompts/mixed-maps.js';
import { type PromptSums, sumByPrompt } from '../../glm/prompts/prompt-sums.js';
import { joinRuns } from '../../glm/prompts/prompt-sums-join.js';
import { groupByPrompt, promptDesign, promptMeans } from '../../glm/prompts/prompts.js';
import { type Contrasts, contrastsOf } from './contrasts.js';
import type { RunInput } from './inputs.js';
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
  /** What a mixed model over several runs needs. */
  readonly sums: PromptSums | null;
}

const NONE: Maps = { t: [], f: [] };

/** Models one run; its series is read once (ARMA: as often as its units need). */
export async function fitRun(input: RunInput, specification: Specification): Promise<RunFit> {
  const { inference, noise, broken } = specification;
  const { series, events } = input;
  const run = await runDesign(input, specification);
  const contrasts = inference === 'mixed' ? { t: [], f: [] } : contrastsOf(specification, run);
  const { design, frameTimes, censored } = run;
  const shared = { specification, run, design, contrasts, rSquare: null, residuals: null };
  if (inference === 'volumes' && noise === 'arma') {
    refuseF(contrasts, 'noise arma');
    const fit = await fitArma({ series, design });
    const t = contrasts.t.map((contrast) => armaMaps(fit, contrast));
    return { ...shared, maps: { t, f: [] }, sums: null };
  }
  if (inference === 'volumes') {
    const fit = await fitGlm({ series, design, noise: asNoise(noise), censored, broken });
    const residuals = fittedSeries(fit, series, 'residual');
    return { ...shared, maps: mapsOf(fit, contrasts), rSquare: fit.rSquare, residuals, sums: null };
  }
  const groups = groupByPrompt({ events, frameTimes });
  if (inference === 'mixed') {
    return { ...shared, maps: NONE, sums: await sumByPrompt({ series, design, groups }) };
  }
  if (inference === 'cluster') {
    refuseF(contrasts, "inference 'cluster'");
    const t = await clusterRobustMaps({ series, design, groups, contrasts: contrasts.t });
    return { ...shared, maps: { t, f: [] }, sums: null };
  }
  const overPrompts = promptDesign(design, groups);
  const means = promptMeans(series, groups, { broken });
  const fit = await fitGlm({ series: means, design: overPrompts, noise: 'ols', broken });
  const { rSquare } = fit;
  return { ...shared, design: overPrompts, maps: mapsOf(fit, contrasts), rSquare, sums: null };
}

const asNoise = (noise: Specification['noise']) => (noise === 'arma' ? 'ols' : noise);

function mapsOf(fit: Fit, { t, f }: Contrasts): Maps {
  return {
    t: t.map((contrast) => contrastMaps(fit, contrast)),
    f: f.map((contrast) => fContrastMaps(fit, contrast)),
  };
}

function refuseF({ f }: Contrasts, how: string): void {
  if (f.length === 0) return;
  throw new DesignError('f-contrast', {
    given: `the F contrast '${f[0].name}' with ${how}`,
    expected: "inference 'prompts', or 'volumes' with noise ols or ar1 to ar9",
    todo: 'Leave the F contrasts out, or ask for another model.',
  });
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
  refuseF(contrasts, "inference 'mixed'");
  const fit = fitMixed(joined);
  const t = contrasts.t.map((contrast) => mixedMaps(fit, contrast));
  return { maps: { t, f: [] }, contrasts, design };
}
