import { count, table } from '../report/text.js';
import { type ExportedDataset, exportRecordings } from '../workflow/export-recordings.js';
import type { Verb } from './verb.js';

export const exportVerb: Verb<unknown, ExportedDataset> = {
  name: 'export',
  summary: 'Package recordings as pseudo-BOLD images in a BIDS dataset.',
  args: [
    ['<recordings>', 'a recordings folder'],
    ['<dataset>', "the new dataset's folder"],
  ],
  options: [],
  example: 'boldbridge export recordings dataset',
  run: ({ args: [recordings = '', dataset = ''], options: { force }, progress, command }) =>
    exportRecordings({ recordings, dataset, force, progress, command }),
  show: (summary) =>
    table([
      ['runs', count(summary.runs)],
      ['units', count(summary.units)],
      ['volumes', count(summary.volumes)],
      ['files', count(summary.files.length)],
      ['dataset', summary.dataset],
      ['next', `boldbridge glm ${summary.dataset}`],
    ]),
};
