import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { DesignError } from '../core/errors.js';
import type { NetworkRule } from '../glm/contrast/threshold.js';
import type { Drift } from '../glm/design/drift.js';
import { HRFS, type Hrf } from '../glm/design/hrf.js';
import type { BrokenPolicy } from '../glm/fit/broken-units.js';
import { showLayers, showNetworks } from '../report/networks.js';
import { table } from '../report/text.js';
import type { GroupRequest, Inference, NoiseModel } from '../workflow/glm/model/request.js';
import { describeRule } from '../workflow/glm/networks/network.js';
import type { GlmSummary } from '../workflow/glm/options.js';
import { maskOrComputeOption, subjectsOf, subjectsOption, tasksOption } from './dataset-options.js';
import { many, number, whole, within } from './options.js';
import { ruleOf, type ThresholdFlags, thresholdOptions } from './threshold.js';
import type { Verb } from './verb.js';

interface GlmFlags extends ThresholdFlags<NetworkRule['method']> {
  readonly inference?: Inference;
  readonly noise?: NoiseModel;
  readonly hrf?: Hrf;
  readonly firDelays?: readonly number[];
  readonly drift?: Drift['model'];
  readonly highPass?: number;
  readonly driftOrder?: number;
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
  readonly group?: GroupRequest;
  readonly permutations?: number;
  readonly seed?: number;
  readonly mask?: string;
  readonly participantLabel: readonly string[];
  readonly task: readonly string[];
}

function volumesList(text: string): number[] {
  const values = text.split(',').map(number);
  if (values.every((value) => Number.isInteger(value) && value >= 0)) return values;
  throw new InvalidArgumentError('Expected whole numbers of volumes, such as 0,1,2.');
}

function groupRequest(text: string): GroupRequest {
  const [, test, column] = /^(one-sample|two-sample|paired)(?::(.+))?$/.exec(text) ?? [];
  if (test === 'one-sample' && column === undefined) return { test };
  if ((test === 'two-sample' || test === 'paired') && column) return { test, column };
  throw new InvalidArgumentError('Expected one-sample, two-sample:COLUMN or paired:COLUMN.');
}

/** Of a threshold by permutation that says no number. A model says its own. */
const PERMUTATIONS = 5000;

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
    new Option(
      '--high-pass <hertz>',
      'cosine drift up to this frequency (default: 0.01)',
    ).argParser(within(0, Number.POSITIVE_INFINITY)),
    new Option('--drift-order <n>', 'polynomial drift of this order (default: 1)').argParser(
      whole(0),
    ),
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
      'units with values that are not finite, or that never change (default: mask where the fit can)',
    ).choices(['refuse', 'mask']),
    new Option('--residuals', 'write what the model leaves of the data (stat-errorts)'),
    new Option('--log-p', 'write maps of -log10 p (stat-logp)'),
    new Option(
      '--group <test>',
      'test over subjects: one-sample, two-sample:COLUMN of participants.tsv, or paired:COLUMN (session, task, or of sessions.tsv)',
    ).argParser(groupRequest),
    new Option(
      '--permutations <n>',
      'rearrange prompts within runs (and subjects, with --group) n times: p corrected over all units (default for --threshold permutation: 5000)',
    ).argParser(whole(1)),
    new Option('--seed <n>', 'of the permutations (default: 0)').argParser(whole(0)),
    ...thresholdOptions(['permutation']),
    maskOrComputeOption,
    subjectsOption,
    tasksOption,
  ],
  example: 'boldbridge glm dataset --task pathology --threshold bonferroni',
  run: async ({ args: [dataset = '', out], options, progress, command }) => {
    const { runGlm } = await import('../workflow/glm.js');
    return runGlm({
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
      group: options.group,
      permutations: permutationsOf(options),
      seed: options.seed,
      rule: ruleOf(options),
      mask: options.mask,
      subjects: subjectsOf(options.participantLabel),
      tasks: options.task,
    });
  },
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

function permutationsOf({ permutations, threshold, model }: GlmFlags): number | undefined {
  if (permutations !== undefined || threshold !== 'permutation' || model) return permutations;
  return PERMUTATIONS;
}

/** A number that says how slow drifts are asks for the drift it belongs to. */
function driftOf({ drift, highPass, driftOrder }: GlmFlags): Drift | undefined {
  const cosine = highPass === undefined ? undefined : 'cosine';
  const polynomial = driftOrder === undefined ? undefined : 'polynomial';
  const model = drift ?? cosine ?? polynomial;
  const idle = [cosine, polynomial].find((asked) => asked !== undefined && asked !== model);
  if (idle !== undefined) {
    throw new DesignError('drift-flags', {
      given: `a number for ${idle} drifts, with --drift ${model}`,
      expected: '--high-pass with cosine drifts, --drift-order with polynomial ones',
      todo: 'Leave out the flag that does not belong there.',
    });
  }
  if (model === 'cosine') return { model, highPass: highPass ?? 0.01 };
  if (model === 'polynomial') return { model, order: driftOrder ?? 1 };
  return model && { model };
}
