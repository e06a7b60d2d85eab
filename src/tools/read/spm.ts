import { join } from 'node:path';
import { FileError } from '../../core/errors.js';
import { type MatStruct, readMat5 } from '../../files/mat5.js';
import { fieldAt, numbersAt, structOf, textAt } from '../../files/mat5-fields.js';
import { type Found, type FoundTest, imageAt, whole } from './found.js';

/**
 * The contrasts of an SPM analysis: what SPM.mat names in xCon, T with its con image and the variance
 * ResMS x c' Bcov c, F with its numerator. The statistic's images lie beside SPM.mat; their headers say
 * nothing of it. Sources: spm_spm.m (the structure), spm_contrasts.m (the variance).
 * @throws FileError `file/not-spm`; and those of the images and of SPM.mat
 */
export async function readSpmFolder(folder: string): Promise<Found> {
  const path = join(folder, 'SPM.mat');
  const spm = structOf((await readMat5(path)).get('SPM'));
  const contrasts = spm && fieldAt(spm, 'xCon');
  if (!spm || contrasts?.kind !== 'struct') throw notSpm(path);
  const read = await Promise.all(contrasts.elements.map((one) => readContrast(folder, spm, one)));
  const flipped = flippedBy(spm);
  return {
    tool: 'SPM',
    path: folder,
    tests: read.flatMap((own) => (typeof own === 'string' ? [] : [own])),
    leftOut: read.filter((own) => typeof own === 'string'),
    ...(flipped !== null && { flipped }),
  };
}

async function readContrast(
  folder: string,
  spm: MatStruct,
  contrast: MatStruct,
): Promise<FoundTest | string> {
  const name = textAt(contrast, 'name') ?? '';
  const kind = textAt(contrast, 'STAT');
  const image = await besideSpm(folder, textAt(contrast, 'Vspm.fname'));
  if (kind !== 'T' && kind !== 'F') return `${name}: a map of ${kind}, which is none of T and F`;
  if (image === null) return `${name}: its image was not computed, or is not beside SPM.mat`;
  const [dof = Number.NaN] = numbersAt(spm, 'xX.erdf');
  const map = await whole(image);
  if (kind === 'F') {
    const [numerator = Number.NaN] = numbersAt(contrast, 'eidf');
    return { name, ...partOf(name), statistic: 'F', dof, numerator, map };
  }
  const effect = await besideSpm(folder, textAt(contrast, 'Vcon.fname'));
  const residual = await besideSpm(folder, textAt(spm, 'VResMS.fname'));
  const scale = varianceScale(numbersAt(contrast, 'c'), numbersAt(spm, 'xX.Bcov'));
  return {
    ...{ name, ...partOf(name), statistic: 't', dof, map },
    ...(effect !== null && { effect: await whole(effect) }),
    ...(residual !== null && scale > 0 && { variance: { map: await whole(residual), scale } }),
  };
}

/** SPM's own ending of a contrast's name in one of several sessions. */
function partOf(name: string) {
  const [, whole, session] = /^(.*) - Session (\d+)$/.exec(name) ?? [];
  return whole === undefined ? {} : { partOf: `session ${session} of ${whole}` };
}

/** c' Bcov c. */
function varianceScale(c: Float64Array, covariance: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < c.length; i++)
    for (let j = 0; j < c.length; j++) sum += c[i] * covariance[i + j * c.length] * c[j];
  return sum;
}

/** Names in SPM.mat are bare, or paths of the machine it was made on: the image is beside SPM.mat. */
function besideSpm(folder: string, name: string | null): Promise<string | null> | null {
  const bare = name?.split(/[\\/]/).at(-1)?.replace(/,\d+$/, '') ?? '';
  return bare === '' ? null : imageAt(join(folder, bare.replace(/\.nii(\.gz)?$/, '')));
}

/** SPM multiplies every session by 100 over its mean; where that is negative, every T turns round. */
function flippedBy(spm: MatStruct): string | null {
  const factors = numbersAt(spm, 'xGX.gSF');
  const negative = factors.filter((factor) => factor < 0).length;
  if (negative === 0) return null;
  return `SPM scaled ${negative} of ${factors.length} volumes by a negative number (their mean is below 0)`;
}

function notSpm(path: string): FileError {
  return new FileError('not-spm', {
    given: `${path}, without contrasts (SPM.xCon)`,
    expected: 'an SPM analysis that was estimated and has contrasts',
    todo: 'Run the estimation and contrast modules first.',
  });
}
