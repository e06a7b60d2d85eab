import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { ThresholdRule, TopRule } from '../glm/contrast/threshold.js';
import type { Drift } from '../glm/design/drift.js';
import { HRFS, type Hrf } from '../glm/design/hrf.js';
import type { BrokenPolicy } from '../glm/fit/broken-units.js';
import { showLayers, showNetworks } from '../report/networks.js';
import { table } from '../report/text.js';
import { describeRule, type Inference, type NoiseModel } from '../workflow/glm/specification.js';
import { type GlmSummary, runGlm } from '../workflow/glm.js';
import type { Verb } from './verb.js';

interface GlmFlags {
  readonly inference?: Inference;
  readonly noise?: NoiseModel;
  readonly hrf?: Hrf;
  readonly firDelays?: readonly number[];
  readonly drift?: Drift['model'];
  readonly highPass: number;
  readonly driftOrder: number;
  readonly sliceTimeRef: number;
  readonly contrast: readonly string[];
  readonly fContrast: readonly string[];
  readonly confounds: readonly string[];
  readonly censor: readonly string[];
  readonly broken?: BrokenPolicy;
  readonly baseline: string;
  readonly model?: string;
  readonly residuals?: boolean;
  readonly logP?: boolean;
  readonly threshold: (ThresholdRule | TopRule)['method'];
  readonly top: number;
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

function volumesList(text: string): number[] {
  const values = text.split(',').map(number);
  if (values.every((value) => Number.isInteger(value) && value >= 0)) return values;
  throw new InvalidArgumentError('Expected whole numbers of volumes, such as 0,1,2.');
}

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
    ).choices(['prompts', 'mixed', 'cluster', 'volumes']),
    many(
      '--contrast <formula>',
      'contrast of design columns, e.g. "a - b" or "name = a - b" (repeatable; default: each condition)',
    ),
    many('--f-contrast <tests>', 'F test of contrasts at once, "name = a; b - c" (repeatable)'),
    new Option(
      '--model <file>',
      'BIDS Stats Model, *_smdl.json, instead of the flags for the model (bids-templates/models)',
    ),
    new Option('--baseline <condition>', 'condition that is not modelled').default('rest'),
    new Option(
      '--hrf <model>',
      'haemodynamic response (default: none for prompts, else glover)',
    ).choices(HRFS),
    new Option(
      '--fir-delays <volumes>',
      'volumes after an event that fir models, e.g. 0,1,2 (a condition then is the mean over them)',
    ).argParser(volumesList),
    new Option(
      '--noise <model>',
      'noise of the volumes, for --inference volumes: ols, ar1 to ar9, or arma(1,1) (default: ar1)',
    ).choices(['ols', ...Array.from({ length: 9 }, (_, n) => `ar${n + 1}`), 'arma']),
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
    many(
      '--confounds <name>',
      'column of the confounds table to model, or a pattern such as "trans_*" (repeatable)',
    ),
    many(
      '--censor <name>',
      'confound of 0 and 1, or a pattern: leave out the volumes it marks (repeatable)',
    ),
    new Option(
      '--broken <policy>',
      'units with values that are not finite, or that never change (default: refuse)',
    ).choices(['refuse', 'mask']),
    new Option('--residuals', 'write what the model leaves of the data (stat-errorts)'),
    new Option('--log-p', 'write maps of -log10 p (stat-logp)'),
    new Option('--threshold <rule>', 'how units are chosen')
      .choices(['fdr', 'bonferroni', 'fpr', 'fixed', 'top'])
      .default('fdr'),
    new Option('--alpha <rate>', 'error rate of fdr, bonferroni and fpr, two-sided')
      .default(0.05)
      .argParser(within(0, 1)),
    new Option('--z <value>', '|z| of the fixed threshold')
      .default(3.1)
      .argParser(within(0, Number.POSITIVE_INFINITY)),
    new Option('--top <percent>', 'share of units that the rule top chooses')
      .default(5)
      .argParser(within(0, 100)),
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
      firDelays: options.firDelays,
      drift: driftOf(options),
      confounds: options.confounds,
      contrasts: options.contrast,
      fContrasts: options.fContrast,
      censor: options.censor,
      broken: options.broken,
      model: options.model,
      residuals: options.residuals,
      logP: options.logP,
      baseline: options.baseline,
      sliceTimeRef: options.sliceTimeRef,
      rule: ruleOf(options),
      mask: options.mask,
      subjects: options.participantLabel.map((label) => label.replace(/^sub-/, '')),
      tasks: options.task,
    }),
  show: (summary) =>
    [
      ...summary.warnings.map((warning) => `Warning: ${warning}\n`),
      showNetworks(summary, `${SAMPLE[summary.inference]}, ${describeRule(summary.rule)}`),
      ...[showLayers(summary.networks)].filter((text) => text !== ''),
      table([['output', summary.out]]),
    ].join('\n'),
};

const SAMPLE: Readonly<Record<Inference, string>> = {
  prompts: 'prompts as the sample',
  mixed: 'prompts as the sample, a mixed model of the volumes',
  cluster: 'prompts as the sample, clusters of the volumes',
  volumes: 'volumes as the sample',
};

function ruleOf({ threshold, alpha, z, top }: GlmFlags): ThresholdRule | TopRule {
  if (threshold === 'fixed') return { method: 'fixed', z };
  if (threshold === 'top') return { method: 'top', percent: top };
  return { method: threshold, alpha };
}

function driftOf({ drift, highPass, driftOrder }: GlmFlags): Drift | undefined {
  if (drift === 'cosine') return { model: 'cosine', highPass };
  if (drift === 'polynomial') return { model: 'polynomial', order: driftOrder };
  return drift && { model: 'none' };
}
