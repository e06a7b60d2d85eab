import { fitMixed } from '../../../glm/prompts/mixed/mixed.js';
import { mixedFMaps } from '../../../glm/prompts/mixed/mixed-f-maps.js';
import { mixedMaps } from '../../../glm/prompts/mixed/mixed-maps.js';
import { joinRuns } from '../../../glm/prompts/sums/prompt-sums-join.js';
import { type Contrasts, contrastsOf } from '../design/contrasts.js';
import type { RunDesign } from '../design/run-design.js';
import type { Maps, RunFit } from './run-fit.js';

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
