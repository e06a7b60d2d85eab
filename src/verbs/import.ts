import { Option } from 'commander';
import { count, table } from '../report/text.js';
import type { ImportSummary } from '../workflow/import.js';
import type { Verb } from './verb.js';

export const importVerb: Verb<{ readonly out: string }, ImportSummary> = {
  name: 'import',
  summary:
    'Make a recording of arrays another program saved (.npy, .npz, .safetensors): a row a volume, a column a unit.',
  args: [
    [
      '<table>',
      'YAML with subject, task, model {id}, repetition_time, modules (list or .tsv: module, layer, kind, array) and prompts (list or .tsv: prompt, trial_type, volumes, text); an array is file.npy, file.npz:name or file.safetensors:name. See bids-templates/import',
    ],
  ],
  options: [new Option('--out <folder>', 'recordings folder').default('recordings')],
  example: 'boldbridge import bids-templates/import/run.yaml --out recordings',
  run: async ({ args: [path = ''], options: { out, force }, progress }) => {
    const { importRecording } = await import('../workflow/import.js');
    return importRecording({ table: path, root: out, force, progress });
  },
  show: (summary) =>
    table([
      ['modules', count(summary.modules)],
      ['units', count(summary.units)],
      ['volumes', count(summary.volumes)],
      ['prompts', count(summary.prompts)],
      ['recording', summary.folder],
      ['next', `boldbridge export ${summary.root} dataset`],
    ]),
};
