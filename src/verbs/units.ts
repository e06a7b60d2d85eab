import { InvalidArgumentError, Option } from 'commander';
import { DataError } from '../core/errors.js';
import { count, table } from '../report/text.js';
import type { Triple, UnitsAnswer, UnitsQuestion } from '../workflow/units.js';
import { whole } from './options.js';
import type { Verb } from './verb.js';

interface UnitsFlags {
  readonly voxel?: Triple;
  readonly mm?: Triple;
  readonly unit?: number;
  readonly modules?: string;
  readonly out: string;
  readonly participantLabel?: string;
  readonly session?: string;
}

function triple(text: string): Triple {
  const [x, y, z, ...more] = text
    .split(',')
    .map((part) => (part.trim() ? Number(part) : Number.NaN));
  if (more.length === 0 && [x, y, z].every(Number.isFinite)) return [x, y, z];
  throw new InvalidArgumentError('Expected three numbers with commas between them: x,y,z.');
}

export const unitsVerb: Verb<UnitsFlags, UnitsAnswer> = {
  name: 'units',
  summary: 'Go between voxels and units: which unit lies where, and masks of modules.',
  args: [['<dataset>', 'a dataset that boldbridge exported']],
  options: [
    new Option('--voxel <x,y,z>', 'the unit at this voxel, counted from 0').argParser(triple),
    new Option('--mm <x,y,z>', 'the unit at this point in millimetres').argParser(triple),
    new Option('--unit <n>', 'the unit of this number, counted from 0').argParser(whole(0)),
    new Option(
      '--modules <patterns>',
      'write a mask of these modules: glob patterns with commas between; ! leaves out',
    ),
    new Option('--out <file>', 'the mask to write').default('modules_mask.nii.gz'),
    new Option('--participant-label <label>', 'the subject, where there are several'),
    new Option('--session <label>', 'the session, where there are several'),
  ],
  example: 'boldbridge units dataset --mm=-12,4,6',
  run: async ({ args: [dataset = ''], options }) => {
    const { findUnits } = await import('../workflow/units.js');
    return findUnits({
      dataset,
      subject: options.participantLabel,
      session: options.session,
      question: questionOf(options),
      force: options.force,
    });
  },
  show: (answer) => ('place' in answer ? showPlace(answer.place) : showMask(answer.mask)),
};

function questionOf({ voxel, mm, unit, modules, out }: UnitsFlags): UnitsQuestion {
  const questions: UnitsQuestion[] = [];
  if (voxel) questions.push({ ask: 'voxel', at: voxel });
  if (mm) questions.push({ ask: 'mm', at: mm });
  if (unit !== undefined) questions.push({ ask: 'unit', unit });
  if (modules !== undefined) questions.push({ ask: 'modules', patterns: modules, out });
  if (questions.length === 1) return questions[0];
  throw new DataError('which-unit', {
    given: `${questions.length} of --voxel, --mm, --unit and --modules`,
    expected: 'one of them',
    todo: 'Say what to look up, e.g. --voxel 3,4,2.',
  });
}

const showPlace = (place: Extract<UnitsAnswer, { place: unknown }>['place']) =>
  table([
    ['module', place.module],
    ['index', count(place.index)],
    ['layer', String(place.layer)],
    ['kind', place.kind],
    ['unit', count(place.unit)],
    ['voxel', place.voxel.join(', ')],
    ['mm', place.mm.join(', ')],
    ['mean', String(place.mean)],
    ['sd', String(place.sd)],
  ]);

const showMask = ({ mask, modules, units }: Extract<UnitsAnswer, { mask: unknown }>['mask']) =>
  table([
    ['mask', mask],
    ['modules', count(modules.length)],
    ['units', count(units)],
  ]);
