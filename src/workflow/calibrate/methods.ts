import { fitJointly } from '../glm/fit/fit-jointly.js';
import { fitRun } from '../glm/fit/fit-run.js';
import type { RunInput } from '../glm/inputs/run-input.js';
import type { GlmRequest, Inference, NoiseModel } from '../glm/model/request.js';
import { specify } from '../glm/model/specify.js';
import type { Pool } from './pool.js';

/** A way to test the label `on`. */
export interface CalibratedMethod {
  readonly name: string;
  readonly inference: Inference;
  readonly noise: NoiseModel;
  /** Whether the pool's confounds are modelled. */
  readonly confounds: boolean;
  readonly isDefault?: boolean;
}

// biome-ignore format: a table
export const METHODS: readonly CalibratedMethod[] = [
  { name: 'one mean per prompt', inference: 'prompts', noise: 'ols', confounds: false, isDefault: true },
  { name: 'one mean per prompt, confounds', inference: 'prompts', noise: 'ols', confounds: true },
  { name: 'mixed model', inference: 'mixed', noise: 'ols', confounds: false },
  { name: 'clusters (CR2)', inference: 'cluster', noise: 'ols', confounds: false },
  { name: 'OLS on volumes', inference: 'volumes', noise: 'ols', confounds: false },
  { name: 'AR(1) on volumes', inference: 'volumes', noise: 'ar1', confounds: false },
  { name: 'AR(1) on volumes, confounds', inference: 'volumes', noise: 'ar1', confounds: true },
  { name: 'AR(3) on volumes', inference: 'volumes', noise: 'ar3', confounds: false },
  { name: 'ARMA(1,1) on volumes', inference: 'volumes', noise: 'arma', confounds: false },
];

/** The confounds that a method models: over prompts only what differs between them. */
export const confoundsOf = ({ confounds, inference }: CalibratedMethod, pool: Pool) =>
  confounds ? (inference === 'prompts' ? pool.betweenPrompts : pool.confounds) : [];

/** z of the label in every unit. */
export async function zOf(
  input: RunInput,
  { inference, noise }: CalibratedMethod,
  confounds: readonly string[],
): Promise<Float64Array> {
  const request: GlmRequest = {
    ...{ inference, noise, baseline: 'rest', contrasts: [], sliceTimeRef: 0 },
    confounds,
    rule: { method: 'fdr', alpha: 0.05 },
  };
  const fit = await fitRun(input, specify(request, true));
  const { maps } = inference === 'mixed' ? fitJointly([fit]) : fit;
  return maps.t[0].z;
}
