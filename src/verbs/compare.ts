import { join } from 'node:path';
import { Option } from 'commander';
import { showCompared } from '../report/compared.js';
import { table } from '../report/text.js';
import type { CompareSummary } from '../workflow/compare.js';
import { describeRule } from '../workflow/glm/networks/network.js';
import { maskOption } from './dataset-options.js';
import { many } from './options.js';
import { ruleOf, type ThresholdFlags, thresholdOptions } from './threshold.js';
import type { Verb } from './verb.js';

interface CompareFlags extends ThresholdFlags {
  readonly contrast: readonly string[];
  readonly dataset?: string;
  readonly mask?: string;
  readonly out?: string;
}

export const compare: Verb<CompareFlags, CompareSummary> = {
  name: 'compare',
  summary: "Two results of the same contrasts side by side: ours and a tool's, or any two.",
  args: [
    ['<a>', 'a folder of statistical maps (of boldbridge glm or collect), or one map'],
    ['<b>', 'another'],
  ],
  options: [
    many('--contrast <name>', 'only this contrast (repeatable; default: all that both have)'),
    new Option(
      '--dataset <folder>',
      'compare its units only, and name them (default: every voxel that both measured)',
    ),
    maskOption,
    ...thresholdOptions(),
    new Option(
      '--out <folder>',
      'output folder (default: <dataset>/derivatives/boldbridge-compare, or ./boldbridge-compare)',
    ),
  ],
  example: 'boldbridge compare derivatives/boldbridge-glm derivatives/boldbridge-collected',
  run: async ({ args: [a = '', b = ''], options, command }) => {
    const { runCompare } = await import('../workflow/compare.js');
    return runCompare({
      ...{ a, b, contrasts: options.contrast, dataset: options.dataset, mask: options.mask },
      rule: ruleOf(options),
      out:
        options.out ??
        (options.dataset === undefined
          ? 'boldbridge-compare'
          : join(options.dataset, 'derivatives', 'boldbridge-compare')),
      force: options.force,
      command,
    });
  },
  show: ({ rows, a, b, rule, out }) =>
    [showCompared(rows, { a, b, how: describeRule(rule) }), table([['output', out]])].join('\n'),
};
