import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { ThresholdRule } from '../glm/contrast/threshold.js';
import type { Drift } from '../glm/design/drift.js';
import type { Hrf } from '../glm/design/hrf.js';
import type { Noise } from '../glm/fit/fit.js';
import { showNetworks } from '../report/networks.js';
import { table } from '../report/text.js';
import { describeRule, type Inference } from '../workflow/glm/specification.js';
import { type GlmSummary, runGlm } from '../workflow/glm.js';
import type { Verb } from './verb.js';

interface GlmFlags {
  readonly inference?: Inference;
  readonly noise?: Noise;
  readonly hrf?: Hrf;
  readonly drift?: Drift['model'];
  readonly highPass: number;
  readonly driftOrder: number;
  readonly sliceTimeRef: number;
  readonly contrast: readonly string[];
  readonly confounds: readonly string[];
  readonly baseline: string;
  readonly threshold: ThresholdRule['method'];
  readonly alpha: number;
  readonly z: number;
  readonly mask?: string;
  readonly participantLabel: readonly string[];
  readonly task: readonly string[];
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError('Not a number.');
  return value;
}

const within =
  (low: number, high: number) =>
  (text: string): number => {
    const value = number(text);
    if (value > low && value < high) return value;
    throw new InvalidArgumentError(`Expected a number between ${low} and ${high}.`);
  };

const collect = (text: string, before: readonly string[]) => [...before, text];
const many = (flags: string, description: string) =>
  new Option(flags, description).default([], 'none').argParser(collect);

export const glm: Verb<GlmFlags, GlmSummary> = {
  name: 'glm',
  summary: 'Fit the general linear model: which units respond to which condition.',
  args: [
    ['<dataset>', 'a BIDS dataset, or a recordings folder'],
    ['[out]', 'output folder (default: <dataset>/derivatives/boldbridge-glm)'],
  ],
  options: [
    new Option(
      '--inference <sample>',
      'what the sample is (default: prompts where events name them)',
    ).choices(['prompts', 'volumes']),
    many(
      '--contrast <formula>',
      'contrast of design columns, e.g. "a - b" or "name = a - b" (repeatable; default: each condition)',
    ),
    new Option('--baseline <condition>', 'condition that is not modelled').default('rest'),
    new Option(
      '--hrf <model>',
      'haemodynamic response (default: none for prompts, else glover)',
    ).choices(['none', 'spm', 'glover']),
    new Option('--noise <model>', 'noise of the volumes (default: ar1)').choices(['ols', 'ar1']),
    new Option('--drift <model>', 'slow drifts (default: none for prompts, else cosine)').choices([
      'none',
      'cosine',
      'polynomial',
    ]),
    new Option('--high-pass <hertz>', 'cosine drift up to this frequency')
      .default(0.01)
      .argParser(within(0, Number.POSITIVE_INFINITY)),
    new Option('--drift-order <n>', 'order of the polynomial drift').default(1).argParser(number),
    new Option(
      '--slice-time-ref <part>',
      'moment of a volume its values belong to, 0 start to 1 end',
    )
      .default(0)
      .argParser(number),
    many('--confounds <name>', 'column of the confounds table to model (repeatable)'),
    new Option('--threshold <rule>', 'how units are chosen')
      .choices(['fdr', 'bonferroni', 'fpr', 'fixed'])
      .default('fdr'),
    new Option('--alpha <rate>', 'error rate of fdr, bonferroni and fpr, two-sided')
      .default(0.05)
      .argParser(within(0, 1)),
    new Option('--z <value>', '|z| of the fixed threshold')
      .default(3.1)
      .argParser(within(0, Number.POSITIVE_INFINITY)),
    new Option('--mask <file>', "mask image (default: the dataset's unit mask)"),
    many('--participant-label <label>', 'only this subject (repeatable)'),
    many('--task <label>', 'only this task (repeatable)'),
  ],
  example: 'boldbridge glm dataset --task pathology --threshold bonferroni',
  run: ({ args: [dataset = '', out], options, progress, command }) =>
    runGlm({
      dataset,
      out: out ?? join(dataset, 'derivatives', 'boldbridge-glm'),
      force: options.force,
      command,
      progress,
      inference: options.inference,
      noise: options.noise,
      hrf: options.hrf,
      drift: driftOf(options),
      confounds: options.confounds,
      contrasts: options.contrast,
      baseline: options.baseline,
      sliceTimeRef: options.sliceTimeRef,
      rule:
        options.threshold === 'fixed'
          ? { method: 'fixed', z: options.z }
          : { method: options.threshold, alpha: options.alpha },
      mask: options.mask,
      subjects: options.participantLabel.map((label) => label.replace(/^sub-/, '')),
      tasks: options.task,
    }),
  show: (summary) =>
    [
      ...summary.warnings.map((warning) => `Warning: ${warning}\n`),
      showNetworks(summary, `${summary.inference} as the sample, ${describeRule(summary.rule)}`),
      table([['output', summary.out]]),
    ].join('\n'),
};

function driftOf({ drift, highPass, driftOrder }: GlmFlags): Drift | undefined {
  if (drift === 'cosine') return { model: 'cosine', highPass };
  if (drift === 'polynomial') return { model: 'polynomial', order: driftOrder };
  return drift && { model: 'none' };
}
