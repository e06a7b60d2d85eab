import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Entities } from '../bids/entities.js';
import { showCollected } from '../report/collected.js';
import { table } from '../report/text.js';
import type { Statistic } from '../tools/read/found.js';
import type { CollectSummary } from '../workflow/collect.js';
import { maskOption } from './dataset-options.js';
import { many, whole, within } from './options.js';
import type { Verb } from './verb.js';

interface CollectFlags {
  readonly dataset: string;
  readonly out?: string;
  readonly subject?: string;
  readonly session?: string;
  readonly task?: string;
  readonly run?: string;
  readonly contrast: readonly string[];
  readonly rename: readonly (readonly [string, string])[];
  readonly statistic?: Statistic;
  readonly dof?: number;
  readonly numerator?: number;
  readonly mask?: string;
  readonly forceMask: boolean;
}

type Pair = readonly [string, string];

/** `OLD=NEW`, at the last equals sign: tools' names may hold some. */
function pair(text: string, before: readonly Pair[]): Pair[] {
  const at = text.lastIndexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Expected OLD=NEW.');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

export const collect: Verb<CollectFlags, CollectSummary> = {
  name: 'collect',
  summary: "Bring the maps of FSL, SPM, AFNI or nilearn home, to the dataset's units.",
  args: [
    [
      '<results...>',
      'what the tool wrote: a FEAT or film_gls folder, a folder with SPM.mat, AFNI buckets, statistical maps; or folders of these',
    ],
  ],
  options: [
    new Option('--dataset <folder>', 'the dataset that the tool analysed').makeOptionMandatory(),
    new Option(
      '--out <folder>',
      'output folder (default: <dataset>/derivatives/boldbridge-collected)',
    ),
    new Option('--subject <label>', 'whose results they are, whatever their folders say'),
    new Option('--session <label>', 'of which session'),
    new Option('--task <label>', 'of which task'),
    new Option('--run <label>', 'of which run; without one, of all runs together'),
    many('--contrast <name>', 'only this contrast (repeatable)'),
    new Option('--rename <old=new>', "the contrast's name instead of the tool's (repeatable)")
      .default([], 'none')
      .argParser(pair),
    new Option('--statistic <kind>', 'what a map holds that does not say so itself').choices([
      't',
      'F',
      'z',
    ]),
    new Option('--dof <n>', "its degrees of freedom (F's denominator)").argParser(
      within(0, Number.POSITIVE_INFINITY),
    ),
    new Option('--numerator <n>', 'contrasts that a map of F tests').argParser(whole(1)),
    maskOption,
    new Option('--force-mask', 'take maps that lack more than half of the mask').default(false),
  ],
  example: 'boldbridge collect derivatives/handoff-fsl --dataset .',
  run: async ({ args, options, command }) => {
    const { runCollect } = await import('../workflow/collect.js');
    return runCollect({
      paths: args.flat().filter((path) => path !== undefined),
      dataset: options.dataset,
      out: options.out ?? join(options.dataset, 'derivatives', 'boldbridge-collected'),
      entities: entitiesOf(options),
      contrasts: options.contrast,
      renamed: new Map(options.rename),
      said: {
        statistic: options.statistic,
        dof: options.dof,
        numerator: options.numerator,
      },
      mask: options.mask,
      subjects: [],
      tasks: [],
      forceMask: options.forceMask,
      force: options.force,
      command,
    });
  },
  show: ({ out, ...collected }) => [showCollected(collected), table([['output', out]])].join('\n'),
};

function entitiesOf({ subject, session, task, run }: CollectFlags): Entities {
  return {
    ...(subject !== undefined && { sub: subject.replace(/^sub-/, '') }),
    ...(session !== undefined && { ses: session.replace(/^ses-/, '') }),
    ...(task !== undefined && { task: task.replace(/^task-/, '') }),
    ...(run !== undefined && { run: run.replace(/^run-/, '') }),
  };
}
