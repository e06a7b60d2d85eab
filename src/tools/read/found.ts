import { stat } from 'node:fs/promises';
import { FileError } from '../../core/errors.js';
import type { NiftiImage } from '../../image/open-nifti.js';
import { openNifti } from '../../image/open-nifti.js';

/** A map in an image: the image, and which of its volumes. */
export interface MapRef {
  readonly image: NiftiImage;
  readonly volume: number;
}

/** Statistics that can be brought home. */
export type Statistic = 't' | 'F' | 'z';

/** One test as a tool wrote it. */
export interface FoundTest {
  /** As the tool calls it. */
  readonly name: string;
  /** Its number among the tool's t or F tests, from 1, where they have one. */
  readonly number?: number;
  /** What it is a part of, in words; a part is left out unless it is asked for. */
  readonly partOf?: string;
  readonly statistic: Statistic;
  /** Of t, or of F's denominator; null for a z, which needs none. */
  readonly dof: number | null;
  /** Of each voxel, where they differ. */
  readonly dofMap?: MapRef;
  /** Degrees of freedom of F's numerator. */
  readonly numerator?: number;
  readonly map: MapRef;
  readonly effect?: MapRef;
  /** The effect's variance is `scale` times the map. */
  readonly variance?: { readonly map: MapRef; readonly scale: number };
  /** The tool's own z of the same test. */
  readonly ownZ?: MapRef;
}

/** What was found in one place: a folder, or a file. */
export interface Found {
  /** As people write it: FSL, SPM, AFNI, nilearn. */
  readonly tool: string;
  readonly path: string;
  readonly tests: readonly FoundTest[];
  /** What was passed over, and why, a sentence each. */
  readonly leftOut: readonly string[];
  /** The file, beside this one, that the same program wrote as its main result. */
  readonly besideMain?: string;
  /** What one should know of the numbers, a sentence each. */
  readonly notes?: readonly string[];
  /** The mean image the tool made of the series; its sign shows whether scaling turned the data round. */
  readonly mean?: MapRef;
  /** Why every sign in it is reversed; absent where nothing says so. */
  readonly flipped?: string;
}

/** An image with nothing but one map. */
export const whole = async (path: string): Promise<MapRef> => ({
  image: await openNifti(path),
  volume: 0,
});

/** The image of this name, packed or not; null where there is neither. */
export async function imageAt(stem: string): Promise<string | null> {
  for (const path of [`${stem}.nii.gz`, `${stem}.nii`])
    if (await stat(path).catch(() => null)) return path;
  return null;
}

/** The map of this name; absent where there is none. */
export async function mapAt(stem: string): Promise<MapRef | undefined> {
  const path = await imageAt(stem);
  return path === null ? undefined : whole(path);
}

/** The refusal of a map whose values nothing explains. */
export function unknownStatistic(path: string, why: string): FileError {
  return new FileError('unknown-statistic', {
    given: `${path}, ${why}`,
    expected: 'a map of t, F or z with its degrees of freedom',
    todo: 'Say what it holds: --statistic t --dof 175, or --statistic z.',
  });
}
