import { join } from 'node:path';
import { Option } from 'commander';
import { showLesions, showSelectivity } from '../report/lesions.js';
import { table } from '../report/text.js';
import { describeIntervention, type Intervention } from '../workflow/lesion/intervention.js';
import type { Direction } from '../workflow/lesion/networks-of.js';
import { OWN_TEXTS } from '../workflow/lesion/own-texts.js';
import type { LesionSummary } from '../workflow/lesion.js';
import { many, number, whole } from './options.js';
import { ruleOf, type ThresholdFlags, thresholdOptions } from './threshold.js';
import type { Verb } from './verb.js';

interface LesionFlags extends ThresholdFlags {
  readonly network: readonly string[];
  readonly texts: string;
  readonly mode: 'zero' | 'mean';
  readonly scale?: number;
  readonly units: Direction;
  readonly controls: number;
  readonly seed: number;
  readonly maps?: string;
  readonly model?: string;
  readonly mask?: string;
  readonly participantLabel: readonly string[];
}

export const lesion: Verb<LesionFlags, LesionSummary> = {
  name: 'lesion',
  summary: "Silence or scale a network's units while the model reads: does the network matter?",
  args: [
    ['<dataset>', 'recordings, or a dataset exported from them, that boldbridge glm was run on'],
    ['[out]', 'output folder (default: <dataset>/derivatives/boldbridge-lesion)'],
  ],
  options: [
    many('--network <contrast>', 'the network to lesion (repeatable; default: all)'),
    new Option('--texts <folder>', 'texts to read: a .txt file a domain, one text a line').default(
      OWN_TEXTS,
      "the demo's domains",
    ),
    new Option('--mode <mode>', 'silence units, or hold them at their mean')
      .choices(['zero', 'mean'])
      .default('zero'),
    new Option('--scale <factor>', 'multiply the units instead: above 1 strengthens').argParser(
      number,
    ),
    new Option('--units <direction>', 'units more active than at rest, less active, or both')
      .choices(['both', 'positive', 'negative'])
      .default('both'),
    ...thresholdOptions(),
    new Option('--controls <n>', 'random sets of as many units of every module')
      .default(100)
      .argParser(whole(2)),
    new Option('--seed <n>', 'seed of the random sets').default(1).argParser(whole(0)),
    new Option(
      '--maps <folder>',
      'statistical maps (default: <dataset>/derivatives/boldbridge-glm)',
    ),
    new Option('--model <model>', 'instead of the model recorded: a name, folder or Hub id'),
    new Option('--mask <file>', "mask image (default: the dataset's unit mask)"),
    many('--participant-label <label>', 'the subject, where there are several'),
  ],
  example: 'boldbridge lesion dataset --network pathology --threshold top --top 2',
  run: async ({ args: [dataset = '', out], options, progress, command }) => {
    const { runLesion } = await import('../workflow/lesion.js'); // Transformers.js loads slowly
    return runLesion({
      dataset,
      out: out ?? join(dataset, 'derivatives', 'boldbridge-lesion'),
      maps: options.maps ?? join(dataset, 'derivatives', 'boldbridge-glm'),
      rule: ruleOf(options),
      direction: options.units,
      networks: options.network,
      texts: options.texts,
      model: options.model,
      intervention: interventionOf(options),
      controls: options.controls,
      seed: options.seed,
      mask: options.mask,
      subjects: options.participantLabel.map((label) => label.replace(/^sub-/, '')),
      tasks: [],
      force: options.force,
      command,
      progress,
    });
  },
  show: (summary) =>
    [
      showLesions(summary.rows, describeIntervention(summary.intervention)),
      showSelectivity(summary.selectivity),
      table([['output', summary.out]]),
    ]
      .filter((text) => text !== '')
      .join('\n'),
};

function interventionOf({ mode, scale }: LesionFlags): Intervention {
  return scale === undefined ? { mode } : { mode: 'scale', scale };
}
