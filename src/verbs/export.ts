import { InvalidArgumentError, Option } from 'commander';
import {
  BOLD_DTYPES,
  type BoldDtype,
  HEMODYNAMIC_MODELS,
  type HemodynamicModel,
  VOLUME_KINDS,
  type VolumeKind,
} from '../bids/image-run.js';
import { LAYOUTS, type LayoutName } from '../image/layout.js';
import { count, table } from '../report/text.js';
import type { ExportedDataset } from '../workflow/export-recordings.js';
import { whole } from './options.js';
import type { Verb } from './verb.js';

interface ExportFlags {
  readonly volumes: readonly VolumeKind[];
  readonly last?: number;
  readonly dtype: BoldDtype;
  readonly hemodynamics?: HemodynamicModel;
  readonly layout: LayoutName;
  readonly modelFile?: string;
  readonly templates?: string;
  readonly add: boolean;
  readonly zip: boolean;
}

function kinds(text: string): VolumeKind[] {
  const given = text.split(',').map((kind) => kind.trim());
  if (given.every(isKind)) return given;
  throw new InvalidArgumentError('Expected token, prompt, or token,prompt.');
}

function isKind(text: string): text is VolumeKind {
  return (VOLUME_KINDS as readonly string[]).includes(text);
}

export const exportVerb: Verb<ExportFlags, ExportedDataset> = {
  name: 'export',
  summary: 'Package recordings as pseudo-BOLD images in a BIDS dataset.',
  args: [
    ['<recordings>', 'a recordings folder'],
    ['<dataset>', "the dataset's folder"],
  ],
  options: [
    new Option(
      '--volumes <kinds>',
      'one volume a token, or one a prompt (the mean of its tokens), on which statistics of other tools are calibrated; token,prompt writes both',
    )
      .default(['token'], 'token')
      .argParser(kinds),
    new Option('--last <n>', 'average the last n tokens of a prompt only (default: all)').argParser(
      whole(1),
    ),
    new Option(
      '--dtype <type>',
      'int16 takes half the space and less, and rounds by 1/590 sd at most (rms)',
    )
      .choices(BOLD_DTYPES)
      .default('float32'),
    new Option(
      '--hemodynamics <model>',
      'convolve activations with this haemodynamic response, for tools that insist on one (default: none, they respond at once)',
    ).choices(HEMODYNAMIC_MODELS),
    new Option(
      '--layout <layout>',
      'how units are placed inside their modules: in their order, or so that neighbours behave alike',
    )
      .choices(LAYOUTS)
      .default('depth'),
    new Option(
      '--model-file <onnx>',
      'the ONNX file that was recorded, whose weights the anatomical image shows (default: where it was recorded from)',
    ),
    new Option(
      '--templates <folder>',
      "texts that replace ours: README.md, CHANGES, LICENSE, participants.json ...; a JSON file's keys are laid over ours",
    ),
    new Option(
      '--add',
      'add to the dataset that stands there; a session it holds is replaced, from all its recordings',
    )
      .default(false)
      .conflicts('force'),
    new Option(
      '--zip',
      'pack the dataset into one .zip beside it, too; --force and --add replace one that is there',
    ).default(false),
  ],
  example: 'boldbridge export recordings dataset --volumes prompt',
  run: async ({ args: [recordings = '', dataset = ''], options, progress, command }) => {
    const { exportRecordings } = await import('../workflow/export-recordings.js');
    return exportRecordings({
      recordings,
      dataset,
      force: options.force,
      progress,
      command,
      volumes: options.volumes,
      last: options.last,
      dtype: options.dtype,
      hemodynamics: options.hemodynamics,
      layout: options.layout,
      modelFile: options.modelFile,
      templates: options.templates,
      add: options.add,
      zip: options.zip,
    });
  },
  show: (summary) =>
    table([
      ['runs', count(summary.runs)],
      ['units', count(summary.units)],
      ['volumes', count(summary.volumes)],
      ['files', count(summary.files.length)],
      ...(['added', 'replaced', 'unchanged'] as const).flatMap((change) =>
        summary.sessions[change].length > 0 ? [[change, summary.sessions[change].join(', ')]] : [],
      ),
      ['dataset', summary.dataset],
      ...(summary.zip === null ? [] : [['archive', summary.zip]]),
      ['next', `boldbridge glm ${summary.dataset}${isRefit(summary) ? ' --force' : ''}`],
    ]),
};

/** Whether maps stand in the dataset that were made before sessions were added to it. */
const isRefit = ({ files, sessions }: ExportedDataset) =>
  sessions.added.length + sessions.replaced.length > 0 &&
  files.some((file) => file.startsWith('derivatives/boldbridge-glm/'));
