import { Option } from 'commander';
import { count, table } from '../report/text.js';
import { type RecordSummary, recordStudy } from '../workflow/record.js';
import type { Verb } from './verb.js';

export const record: Verb<{ readonly out: string }, RecordSummary> = {
  name: 'record',
  summary: "Record a model's activations while it continues the prompts of a study.",
  args: [['<study>', 'the study, a YAML file']],
  options: [new Option('-o, --out <folder>', 'recordings folder').default('recordings')],
  example: 'boldbridge record bids-templates/studies/demo.yaml --out recordings',
  run: ({ args: [study], options, progress }) =>
    recordStudy({ study: study ?? '', root: options.out, force: options.force, progress }),
  show: (summary) =>
    table([
      ['runs', count(summary.folders.length)],
      ['modules', count(summary.modules)],
      ['units', count(summary.units)],
      ['volumes', count(summary.volumes)],
      ['recordings', summary.root],
      ['next', `boldbridge export ${summary.root} dataset`],
    ]),
};
