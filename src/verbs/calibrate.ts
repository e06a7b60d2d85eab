import { join } from 'node:path';
import { Option } from 'commander';
import { count, table } from '../report/text.js';
import type { CalibrateSummary } from '../workflow/calibrate.js';
import { maskOption, subjectsOf, subjectsOption, tasksOption } from './dataset-options.js';
import { whole, within } from './options.js';
import type { Verb } from './verb.js';

interface CalibrateFlags {
  readonly condition: string;
  readonly labellings: number;
  readonly slowLabellings: number;
  readonly alpha: number;
  readonly effect: number;
  readonly units: number;
  readonly seed: number;
  readonly mask?: string;
  readonly participantLabel: readonly string[];
  readonly task: readonly string[];
}

const rate = (value: number) => value.toFixed(3);

export const calibrate: Verb<CalibrateFlags, CalibrateSummary> = {
  name: 'calibrate',
  summary: 'Error rates of every method on a real recording, by labelling prompts at random.',
  args: [
    ['<dataset>', 'a BIDS dataset, or a recordings folder'],
    ['[out]', 'output folder (default: <dataset>/derivatives/boldbridge-calibration)'],
  ],
  options: [
    new Option('--condition <name>', 'whose prompts are labelled at random').default('rest'),
    new Option('--labellings <n>', 'random labellings of the methods over prompt means')
      .default(1000)
      .argParser(whole(2)),
    new Option('--slow-labellings <n>', 'of the other methods, and of planted effects')
      .default(20)
      .argParser(whole(2)),
    new Option('--alpha <rate>', 'the nominal rate, two-sided')
      .default(0.05)
      .argParser(within(0, 1)),
    new Option('--effect <sd>', "size of planted effects, in sd of a unit's prompt means")
      .default(1)
      .argParser(within(0, Number.POSITIVE_INFINITY)),
    new Option('--units <n>', 'measure so many random units at most')
      .default(2000)
      .argParser(whole(1)),
    new Option('--seed <n>', 'seed of the labels').default(1).argParser(whole(0)),
    maskOption,
    subjectsOption,
    tasksOption,
  ],
  example: 'boldbridge calibrate recordings --labellings 200',
  run: async ({ args: [dataset = '', out], options, progress, command }) => {
    const { runCalibrate } = await import('../workflow/calibrate.js');
    return runCalibrate({
      dataset,
      out: out ?? join(dataset, 'derivatives', 'boldbridge-calibration'),
      ...options,
      subjects: subjectsOf(options.participantLabel),
      tasks: options.task,
      mask: options.mask,
      command,
      progress,
    });
  },
  show: (summary) => {
    const nulls = summary.null.map((row) => [
      row.method,
      count(row.labellings),
      `${rate(row.falsePositives)} ± ${rate(row.standardError)}`,
      `${rate(row.familyWise)} ± ${rate(row.familyWiseError)}`,
      rate(row.anyDiscovery),
    ]);
    const power = summary.power.map((row) => [
      row.method,
      count(row.labellings),
      rate(row.sensitivity),
      rate(row.specificity),
      rate(row.falseDiscoveries),
      rate(row.areaUnderRoc),
    ]);
    const { prompts, promptsPerLabelling, blockLength, units, alpha, effect } = summary;
    return [
      `${count(prompts)} prompts, ${promptsPerLabelling} a labelling in blocks of ${blockLength}, ${count(units)} units`,
      `\nNothing to find: errors at a nominal ${alpha} (± standard error)`,
      table([['method', 'labellings', 'units', 'family-wise', 'any by FDR'], ...nulls], true),
      `Effects of ${effect} sd planted in a tenth of the units, FDR at ${alpha}`,
      table(
        [
          ['method', 'labellings', 'sensitivity', 'specificity', 'false discoveries', 'ROC area'],
          ...power,
        ],
        true,
      ),
      table([['output', summary.out]]),
    ].join('\n');
  },
};
