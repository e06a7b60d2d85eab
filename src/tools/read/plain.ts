import { basename } from 'node:path';
import { readNotes } from '../../image/header-notes.js';
import { openNifti } from '../../image/open-nifti.js';
import { type Found, type Statistic, unknownStatistic } from './found.js';

/** What the user says of a map that does not say it itself. */
export interface Said {
  readonly statistic: Statistic | undefined;
  readonly dof: number | undefined;
  readonly numerator: number | undefined;
}

interface Meaning {
  readonly statistic: Statistic;
  readonly parameters: readonly number[];
}

/** NIfTI's intent codes of statistics (nifti1.h). */
const INTENTS: Readonly<Record<number, Statistic>> = { 3: 't', 4: 'F', 5: 'z' };

/**
 * One map in a file by itself. What it holds is what the user says, else what SPM's description
 * (`SPM{T_[175.0]} - contrast 1: a`), or NIfTI's intent with its parameters, says. It is called as SPM
 * calls it, else as the file.
 * @throws FileError `file/unknown-statistic`; and those of the image
 */
export async function readPlainMap(path: string, said: Said): Promise<Found> {
  const image = await openNifti(path);
  const { intent, description } = await readNotes(image);
  const spm = /^SPM\{([TF])_\[([\d.,]+)\]\}(?: - contrast \d+: (.*))?$/.exec(description);
  const meaning = spm
    ? { statistic: spm[1] === 'T' ? 't' : 'F', parameters: spm[2].split(',').map(Number) }
    : { statistic: INTENTS[intent.code], parameters: intent.parameters };
  const { statistic, dof, numerator } = decide(path, meaning as Partial<Meaning>, said);
  if (image.volumes !== 1)
    throw unknownStatistic(
      path,
      `which holds ${image.volumes} volumes without saying what they are`,
    );
  const name = spm?.[3] ?? basename(path).replace(/\.nii(\.gz)?$/, '');
  const map = { image, volume: 0 };
  const test = { name, statistic, dof, ...(statistic === 'F' && { numerator }), map };
  return { tool: spm ? 'SPM' : 'another tool', path, tests: [test], leftOut: [] };
}

function decide(path: string, meaning: Partial<Meaning>, said: Said) {
  const statistic = said.statistic ?? meaning.statistic;
  if (statistic === undefined)
    throw unknownStatistic(path, 'whose header does not say what it holds');
  const own = statistic === meaning.statistic ? (meaning.parameters ?? []) : [];
  const [numerator, dof] =
    statistic === 'F'
      ? [said.numerator ?? own[0], said.dof ?? own[1]]
      : [undefined, said.dof ?? own[0]];
  if (statistic === 'z') return { statistic, dof: null, numerator: 0 };
  if (!(dof && dof > 0))
    throw unknownStatistic(path, `a map of ${statistic} that does not say its degrees of freedom`);
  if (statistic === 'F' && !(numerator && numerator > 0))
    throw unknownStatistic(path, 'a map of F that does not say how many contrasts it tests');
  return { statistic, dof, numerator: numerator ?? 0 };
}
