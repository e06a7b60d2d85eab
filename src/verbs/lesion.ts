import { join } from 'node:path';
import { Option } from 'commander';
import { showLesions, showSelectivity } from '../report/lesions.js';
import { table } from '../report/text.js';
import { showWeights } from '../report/weights.js';
import { describeIntervention, type Intervention } from '../workflow/lesion/intervention.js';
import { OWN_TEXTS } from '../workflow/lesion/own-texts.js';
import type { LesionSummary } from '../workflow/lesion.js';
import type { WeightsSummary } from '../workflow/weights.js';
import {
  directionOption,
  mapsOf,
  type RecordedFlags,
  recordedOptions,
  subjectsOf,
} from './dataset-options.js';
import { many, number, whole } from './options.js';
import { ruleOf, thresholdOptions } from './threshold.js';
import type { Verb } from './verb.js';

interface LesionFlags extends RecordedFlags {
  readonly network: readonly string[];
  readonly texts: string;
  readonly mode: 'zero' | 'mean';
  readonly scale?: number;
  readonly controls: number;
  readonly seed: number;
  readonly rankWeights?: number;
}

/** What says nothing where no unit is changed. */
const LESIONS_OWN = ['texts', 'mode', 'scale', 'controls', 'seed'];

export const lesion: Verb<LesionFlags, LesionSummary | WeightsSummary> = {
  name: 'lesion',
  summary: "Silence or scale a network's units while the model reads: does the network matter?",
  args: [
    ['<dataset>', 'recordings, or a dataset exported from them, that boldbridge glm was run on'],
    [
      '[out]',
      'output folder (default: <dataset>/derivatives/boldbridge-lesion, or boldbridge-weights)',
    ],
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
    directionOption,
    ...thresholdOptions(),
    new Option('--controls <n>', 'random sets of as many units of every module')
      .default(100)
      .argParser(whole(2)),
    new Option('--seed <n>', 'seed of the random sets').default(1).argParser(whole(0)),
    new Option(
      '--rank-weights [n]',
      "change nothing, but list the n weights that feed each network's units most (1000 if not given), and write masks of all that feed them, for fine-tuning",
    )
      .preset('1000')
      .argParser(whole(1))
      .conflicts(LESIONS_OWN),
    ...recordedOptions,
  ],
  example: 'boldbridge lesion dataset --network pathology --threshold top --top 2',
  run: async ({ args: [dataset = '', out], options, progress, command }) => {
    const place = (name: string) => out ?? join(dataset, 'derivatives', name);
    const common = {
      dataset,
      maps: mapsOf(dataset, options.maps),
      rule: ruleOf(options),
      direction: options.units,
      networks: options.network,
      model: options.model,
      mask: options.mask,
      subjects: subjectsOf(options.participantLabel),
      tasks: [],
      force: options.force,
      command,
      progress,
    };
    const { rankWeights, texts, controls, seed } = options;
    if (rankWeights !== undefined) {
      const { runWeights } = await import('../workflow/weights.js');
      return runWeights({ ...common, out: place('boldbridge-weights'), count: rankWeights });
    }
    const { runLesion } = await import('../workflow/lesion.js');
    const own = { out: place('boldbridge-lesion'), texts, controls, seed };
    return runLesion({ ...common, ...own, intervention: interventionOf(options) });
  },
  show: (summary) =>
    [
      ...('rows' in summary ? showLesion(summary) : [showWeights(summary.modules, summary.count)]),
      table([['output', summary.out]]),
    ]
      .filter((text) => text !== '')
      .join('\n'),
};

const showLesion = ({ rows, selectivity, intervention }: LesionSummary) => [
  showLesions(rows, describeIntervention(intervention)),
  showSelectivity(selectivity),
];

function interventionOf({ mode, scale }: LesionFlags): Intervention {
  return scale === undefined ? { mode } : { mode: 'scale', scale };
}
