import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Contrast, DesignMatrix, FContrast } from '../../src/core/design.js';
import { makeDesign } from '../../src/glm/design/design.js';
import type { Drift } from '../../src/glm/design/drift.js';
import { frameTimesOf } from '../../src/glm/design/frame-times.js';
import type { Hrf } from '../../src/glm/design/hrf.js';
import { golden } from './read.js';
import { goldenConfounds, goldenEvents, REPETITION_TIME } from './run.js';

const Run = z.object({
  dof_a: z.number(),
  'fdr_threshold_0.05_a_z': z.number().nullable(), // null where nothing passes
  n_a_z_above_fdr: z.number(),
  'bonferroni_threshold_0.05_two_sided_a_z': z.number(),
});

const Configuration = z.object({
  hrf_model: z
    .enum([
      'spm',
      'glover',
      'glover + derivative',
      'spm + derivative + dispersion',
      'fir',
    ] satisfies Hrf[])
    .nullable(),
  fir_delays: z.array(z.number()).optional(),
  contrasts: z.record(z.string(), z.record(z.string(), z.number())),
  F_any: z.array(z.string()),
  drift_model: z.enum(['cosine', 'polynomial']).nullable(),
  drift_order: z.number().optional(),
  high_pass: z.number().optional(),
  conf: z.boolean(),
  noise: z.enum(['ols', 'ar1']),
  slice_ref: z.number(),
  runs: z.record(z.string(), Run),
  dof_sum_a: z.number(),
});

const meta = z
  .object({ configs: z.record(z.string(), Configuration) })
  .parse(JSON.parse(readFileSync(golden('meta.json'), 'utf8')));

/** What nilearn was asked for and answered, by configuration. */
export const CONFIGURATIONS = Object.entries(meta.configs);

type Configuration = z.infer<typeof Configuration>;

/** The contrasts of the golden maps. */
export function contrastsOf(config: Configuration): Contrast[] {
  return Object.entries(config.contrasts).map(([name, weights]) => ({
    name,
    weights: new Map(Object.entries(weights)),
  }));
}

/** The F test of the golden maps: its columns, each on its own. */
export function anyOf(config: Configuration): FContrast {
  const rows = config.F_any.map((name) => ({ name, weights: new Map([[name, 1]]) }));
  return { name: 'any', rows };
}

/** The same design from our own code. */
export function designOf(config: Configuration, run: number): DesignMatrix {
  const hrf: Hrf = config.hrf_model ?? 'none';
  const drift: Drift =
    config.drift_model === 'cosine'
      ? { model: 'cosine', highPass: config.high_pass ?? 0 }
      : config.drift_model === 'polynomial'
        ? { model: 'polynomial', order: config.drift_order ?? 0 }
        : { model: 'none' };
  return makeDesign({
    events: goldenEvents(run),
    frameTimes: frameTimesOf({
      volumes: 180,
      repetitionTime: REPETITION_TIME,
      sliceTimeRef: config.slice_ref,
    }),
    hrf,
    ...(config.fir_delays && { firDelays: config.fir_delays }),
    drift,
    confounds: config.conf ? goldenConfounds(run) : [],
  });
}
