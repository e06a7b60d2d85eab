import { InvalidArgumentError, Option } from 'commander';
import { BOLD_DTYPES, type BoldDtype, VOLUME_KINDS, type VolumeKind } from '../bids/image-run.js';
import { count, table } from '../report/text.js';
import { type ExportedDataset, exportRecordings } from '../workflow/export-recordings.js';
import type { Verb } from './verb.js';

interface ExportFlags {
  readonly volumes: readonly VolumeKind[];
  readonly last?: number;
  readonly dtype: BoldDtype;
}

function kinds(text: string): VolumeKind[] {
  const given = text.split(',').map((kind) => kind.trim());
  if (given.every(isKind)) return given;
  throw new InvalidArgumentError('Expected token, prompt, or token,prompt.');
}

function isKind(text: string): text is VolumeKind {
  return (VOLUME_KINDS as readonly string[]).includes(text);
}

function natural(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of 1 or more.');
}

export const exportVerb: Verb<ExportFlags, ExportedDataset> = {
  name: 'export',
  summary: 'Package recordings as pseudo-BOLD images in a BIDS dataset.',
  args: [
    ['<recordings>', 'a recordings folder'],
    ['<dataset>', "the new dataset's folder"],
  ],
  options: [
    new Option(
      '--volumes <kinds>',
      'one volume a token, or one a prompt (the mean of its tokens), on which statistics of other tools are calibrated; token,prompt writes both',
    )
      .default(['token'], 'token')
      .argParser(kinds),
    new Option('--last <n>', 'average the last n tokens of a prompt only (default: all)').argParser(
      natural,
    ),
    new Option(
      '--dtype <type>',
      'int16 takes half the space and less, and rounds by 1/693 sd (rms)',
    )
      .choices(BOLD_DTYPES)
      .default('float32'),
  ],
  example: 'boldbridge export recordings dataset --volumes prompt',
  run: ({ args: [recordings = '', dataset = ''], options, progress, command }) =>
    exportRecordings({
      recordings,
      dataset,
      force: options.force,
      progress,
      command,
      volumes: options.volumes,
      last: options.last,
      dtype: options.dtype,
    }),
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
