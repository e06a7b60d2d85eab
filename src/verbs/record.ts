import { InvalidArgumentError, Option } from 'commander';
import { count, table } from '../report/text.js';
import { type RecordSummary, recordStudy } from '../workflow/record.js';
import { deviceOption, dtypeOption, type ModelFlags, modulesOption } from './model-options.js';
import type { Verb } from './verb.js';

interface RecordFlags extends ModelFlags {
  readonly out: string;
  readonly batch?: number;
  readonly resume?: boolean;
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1 on.');
}

export const record: Verb<RecordFlags, RecordSummary> = {
  name: 'record',
  summary: "Record a model's activations while it continues the prompts of a study.",
  args: [['<study>', 'the study, a YAML file']],
  options: [
    new Option('-o, --out <folder>', 'recordings folder').default('recordings'),
    modulesOption,
    dtypeOption,
    deviceOption,
    new Option(
      '--batch <n>',
      'prompts that go through the model together, at most (default: chosen by size)',
    ).argParser(wholeNumber),
    new Option('--resume', 'keep the runs that are there and record the rest').conflicts('force'),
  ],
  example: 'boldbridge record bids-templates/studies/demo.yaml --out recordings',
  run: ({ args: [study = ''], options, progress }) => {
    const { out: root, force, resume, modules, dtype, device, batch } = options;
    return recordStudy({ study, root, force, resume, modules, dtype, device, batch, progress });
  },
  show: (summary) =>
    table([
      ['runs', count(summary.folders.length)],
      ...(summary.kept > 0 ? [['kept', count(summary.kept)]] : []),
      ['modules', count(summary.modules)],
      ['units', count(summary.units)],
      ['volumes', count(summary.volumes)],
      ['recordings', summary.root],
      ['next', `boldbridge export ${summary.root} dataset`],
    ]),
};
