import { join } from 'node:path';
import { Option } from 'commander';
import {
  showConfusion,
  showIdentification,
  showRepeatability,
  showSizes,
} from '../report/found-networks.js';
import { showOverlap } from '../report/networks.js';
import { table } from '../report/text.js';
import { describeRule } from '../workflow/glm/networks/network.js';
import { confusion } from '../workflow/networks/confusion.js';
import type { NetworksSummary } from '../workflow/networks.js';
import {
  mapsOf,
  mapsOption,
  maskOption,
  subjectsOf,
  subjectsOption,
  tasksOption,
} from './dataset-options.js';
import { whole } from './options.js';
import { ruleOf, type ThresholdFlags, thresholdOptions } from './threshold.js';
import type { Verb } from './verb.js';

interface NetworksFlags extends ThresholdFlags {
  readonly maps?: string;
  readonly mask?: string;
  readonly permutations: number;
  readonly seed: number;
  readonly list: number;
  readonly participantLabel: readonly string[];
  readonly task: readonly string[];
}

export const networks: Verb<NetworksFlags, NetworksSummary> = {
  name: 'networks',
  summary: 'Overlap, repeatability and identification of the networks that a fit found.',
  args: [
    ['<dataset>', 'a BIDS dataset, or a recordings folder, that boldbridge glm was run on'],
    ['[out]', 'output folder (default: <dataset>/derivatives/boldbridge-networks)'],
  ],
  options: [
    mapsOption,
    ...thresholdOptions(),
    new Option('--permutations <n>', 'shuffles of the names of held-out runs')
      .default(1000)
      .argParser(whole(1)),
    new Option('--seed <n>', 'seed of the shuffles').default(1).argParser(whole(0)),
    new Option('--list <n>', 'units of each network to list with what drives them')
      .default(10)
      .argParser(whole(0)),
    maskOption,
    subjectsOption,
    tasksOption,
  ],
  example: 'boldbridge networks dataset --threshold bonferroni',
  run: async ({ args: [dataset = '', out], options, command }) => {
    const { runNetworks } = await import('../workflow/networks.js');
    return runNetworks({
      dataset,
      out: out ?? join(dataset, 'derivatives', 'boldbridge-networks'),
      maps: mapsOf(dataset, options.maps),
      rule: ruleOf(options),
      permutations: options.permutations,
      seed: options.seed,
      top: options.list,
      mask: options.mask,
      subjects: subjectsOf(options.participantLabel),
      tasks: options.task,
      force: options.force,
      command,
    });
  },
  show: (summary) =>
    [
      showSizes(summary.networks, describeRule(summary.rule)),
      ...sessionsOf(summary).map((own) => showOverlap(own)),
      showRepeatability(summary.repeatability),
      showIdentification(summary.identification),
      ...summary.identification.map(({ method }) =>
        showConfusion(method, confusion(summary.verdicts, method)),
      ),
      table([['output', summary.out]]),
    ]
      .filter((text) => text !== '')
      .join('\n'),
};

/** The overlaps of each subject's session that has some. */
function sessionsOf({ overlaps }: NetworksSummary) {
  const key = (row: (typeof overlaps)[number]) => `${row.subject} ${row.session ?? ''}`;
  return [...new Set(overlaps.map(key))].map((own) => overlaps.filter((row) => key(row) === own));
}
