import type { DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import type { ContrastMaps } from '../../core/statmap.js';
import { parseContrast } from '../../glm/contrast/contrast.js';
import { contrastMaps } from '../../glm/contrast/contrast-maps.js';
import { makeDesign } from '../../glm/design/design.js';
import { frameTimesOf } from '../../glm/design/frame-times.js';
import { fitGlm } from '../../glm/fit/fit.js';
import { groupByPrompt, promptDesign, promptMeans } from '../../glm/prompts/prompts.js';
import type { RunInput } from './inputs.js';
import { type GlmRequest, type Specification, specify } from './specification.js';

/** One run's model and what came of it. */
export interface RunFit {
  readonly specification: Specification;
  /** As it was fitted: a row a prompt or a row a volume. */
  readonly design: DesignMatrix;
  readonly maps: readonly ContrastMaps[];
}

/** Models one run; its series is read once. */
export async function fitRun(input: RunInput, request: GlmRequest): Promise<RunFit> {
  const { events, repetitionTime } = input;
  const specification = specify(
    request,
    events.length > 0 && events.every(({ prompt }) => prompt !== undefined),
  );
  const frameTimes = frameTimesOf({
    volumes: input.series.volumes,
    repetitionTime,
    sliceTimeRef: request.sliceTimeRef,
  });
  const volumeDesign = makeDesign({
    events,
    frameTimes,
    hrf: specification.hrf,
    drift: specification.drift,
    confounds: await input.confounds(request.confounds),
    conditions: conditionsOf(input, request.baseline),
  });
  const groups =
    specification.inference === 'prompts' ? groupByPrompt({ events, frameTimes }) : null;
  const design = groups ? promptDesign(volumeDesign, groups) : volumeDesign;
  const formulas = request.contrasts.length
    ? request.contrasts
    : conditionsOf(input, request.baseline);
  const contrasts = formulas.map((formula) => parseContrast(formula, design.names));
  const fit = await fitGlm({
    series: groups ? promptMeans(input.series, groups) : input.series,
    design,
    noise: specification.noise,
  });
  return { specification, design, maps: contrasts.map((contrast) => contrastMaps(fit, contrast)) };
}

/** The trial types that get a column: all but the baseline. */
function conditionsOf({ events, source }: RunInput, baseline: string): string[] {
  const present = [...new Set(events.map(({ trialType }) => trialType))];
  const modelled = present.filter((name) => name !== baseline).sort();
  if (modelled.length > 0) return modelled;
  throw new DesignError('no-conditions', {
    given: `${source}, whose events are all '${baseline}'`,
    expected: 'at least one other trial type',
    todo: 'Name another baseline with --baseline.',
  });
}
