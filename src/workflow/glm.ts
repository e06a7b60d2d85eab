import { stageFolder } from '../files/whole.js';
import { fitInto } from './glm/fit-plan.js';
import { openInputs } from './glm/inputs/open-inputs.js';
import type { GlmOptions, GlmSummary } from './glm/options.js';
import { givenModel, groupOf, planGlm } from './glm/plan.js';

/**
 * Models every run, combines and thresholds, as flags or a BIDS Stats Model say (by default: fixed
 * effects over the runs of a subject's task). The output folder appears only when it is whole.
 */
export async function runGlm(options: GlmOptions): Promise<GlmSummary> {
  const given = await givenModel(options);
  const inputs = await openInputs(options.dataset, options);
  const plan = planGlm(inputs, given, options, await groupOf(inputs, options));
  return stageFolder(options.out, options, (root) => fitInto(root, plan));
}
