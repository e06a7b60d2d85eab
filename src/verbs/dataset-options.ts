import { join } from 'node:path';
import { Option } from 'commander';
import type { Direction } from '../workflow/lesion/networks-of.js';
import { many } from './options.js';
import type { ThresholdFlags } from './threshold.js';

/** Options of the verbs that analyse a dataset: which maps, voxels, subjects and tasks. */
export const mapsOption = new Option(
  '--maps <folder>',
  'statistical maps (default: <dataset>/derivatives/boldbridge-glm)',
);

export const maskOption = new Option(
  '--mask <file>',
  "mask image (default: the dataset's unit mask)",
);

export const maskOrComputeOption = new Option(
  '--mask <file>',
  "mask image, or 'compute' one from the mean image (default: the dataset's unit mask, else computed)",
);

export const subjectsOption = many('--participant-label <label>', 'only this subject (repeatable)');

export const tasksOption = many('--task <label>', 'only this task (repeatable)');

/** Of what boldbridge glm wrote for a dataset, where no other maps are named. */
export const mapsOf = (dataset: string, maps: string | undefined) =>
  maps ?? join(dataset, 'derivatives', 'boldbridge-glm');

/** Labels of subjects, with or without `sub-`. */
export const subjectsOf = (labels: readonly string[]) =>
  labels.map((label) => label.replace(/^sub-/, ''));

/** Flags of the verbs that run the model that was recorded again, with its networks changed. */
export interface RecordedFlags extends ThresholdFlags {
  readonly units: Direction;
  readonly maps?: string;
  readonly model?: string;
  readonly mask?: string;
  readonly participantLabel: readonly string[];
}

export const directionOption = new Option(
  '--units <direction>',
  'units more active than at rest, less active, or both',
)
  .choices(['both', 'positive', 'negative'])
  .default('both');

export const recordedOptions = [
  mapsOption,
  new Option('--model <model>', 'instead of the model recorded: a name, folder or Hub id'),
  maskOption,
  many('--participant-label <label>', 'the subject, where there are several'),
];
