import type { Series } from '../../../core/series.js';
import { fitArma } from '../../../glm/arma/arma.js';
import { armaFMaps } from '../../../glm/arma/arma-f-maps.js';
import { armaMaps } from '../../../glm/arma/arma-maps.js';
import { contrastMaps } from '../../../glm/contrast/contrast-maps.js';
import { fContrastMaps } from '../../../glm/contrast/f-contrast-maps.js';
import { type Fit, fitGlm, orderOf } from '../../../glm/fit/fit.js';
import { fittedSeries } from '../../../glm/fit/residuals.js';
import { seriesOfMaps } from '../../../glm/group/second-level.js';
import { clusterRobustTests } from '../../../glm/prompts/cluster-robust/cluster-robust.js';
import { promptMeans } from '../../../glm/prompts/prompt-means.js';
import { groupByPrompt, promptDesign } from '../../../glm/prompts/prompts.js';
import { sumByPrompt } from '../../../glm/prompts/sums/prompt-sums.js';
import { momentsOfStretches } from '../../../glm/stretches/stretch-moments.js';
import { stretchesOf } from '../../../glm/stretches/stretches.js';
import { type Contrasts, contrastsOf } from '../design/contrasts.js';
import { runDesign } from '../design/run-design.js';
import type { RunInput } from '../inputs/run-input.js';
import type { Specification } from '../model/specification.js';
import { countBroken, countUnmoved, type Maps, type RunFit } from './run-fit.js';

const NONE: Maps = { t: [], f: [] };

/** Models one run; its series is read once (ARMA: as often as its units need). */
export async function fitRun(input: RunInput, specification: Specification): Promise<RunFit> {
  const { inference, noise, broken } = specification;
  const { series, arriving, events } = input;
  const run = await runDesign(input, specification);
  const contrasts = inference === 'mixed' ? { t: [], f: [] } : contrastsOf(specification, run);
  const { design, frameTimes, censored } = run;
  const shared = { specification, run, design, contrasts, rSquare: null, residuals: null };
  if (inference === 'volumes') {
    if (noise === 'arma') {
      const fit = await fitArma({ series, design });
      const maps = {
        t: contrasts.t.map((contrast) => armaMaps(fit, contrast)),
        f: contrasts.f.map((contrast) => armaFMaps(fit, contrast)),
      };
      return { ...shared, maps, broken: countUnmoved(maps), sums: null };
    }
    const lags = orderOf(noise);
    const isWhole = censored.length === 0;
    const stretches = isWhole ? stretchesOf({ design, events, frameTimes, lags }) : null;
    const byStretch = stretches && { accumulator: momentsOfStretches(stretches, arriving) };
    const fit = await fitGlm({ series, design, noise, censored, broken, ...byStretch });
    const residuals = fittedSeries(fit, series, 'residual');
    const own = { maps: mapsOf(fit, contrasts), rSquare: fit.rSquare, broken: countBroken(fit) };
    return { ...shared, ...own, residuals, sums: null };
  }
  const groups = groupByPrompt({ events, frameTimes });
  if (inference === 'mixed') {
    const sums = await sumByPrompt({ series, arriving, design, groups });
    return { ...shared, maps: NONE, broken: null, sums };
  }
  if (inference === 'cluster') {
    const maps = await clusterRobustTests({ series, arriving, design, groups, contrasts });
    return { ...shared, maps, broken: countUnmoved(maps), sums: null };
  }
  const overPrompts = promptDesign(design, groups);
  const read = promptMeans(arriving ?? series, groups, { broken });
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

function mapsOf(fit: Fit, { t, f }: Contrasts): Maps {
  return {
    t: t.map((contrast) => contrastMaps(fit, contrast)),
    f: f.map((contrast) => fContrastMaps(fit, contrast)),
  };
}
