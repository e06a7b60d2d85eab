import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Entities } from '../../bids/entities.js';
import { findStatmaps, type Statmap, statmapSidecar } from '../../bids/statmaps.js';
import { FileError, InputError } from '../../core/errors.js';
import { readAfniBucket } from '../../tools/read/afni.js';
import { type Found, type FoundTest, whole } from '../../tools/read/found.js';
import { isFslStats, readFslStats } from '../../tools/read/fsl.js';
import { contrastsHandedOver, type HandedOver } from '../../tools/read/handed-over.js';
import { readPlainMap, type Said } from '../../tools/read/plain.js';
import { readSpmFolder } from '../../tools/read/spm.js';
import { grouped } from '../grouped.js';

/** Results in one place; entities are the file's own where its name is BIDS's. */
export interface Result extends Found {
  /** What the handoff it was computed from called its contrasts; null where it comes from none. */
  readonly handedOver: readonly HandedOver[] | null;
  readonly entities?: Entities;
}

const NIFTI = /\.nii(\.gz)?$/;
const STATMAP = /_statmap\.nii(\.gz)?$/;

/**
 * Every result in a file or below a folder: FEAT and film_gls folders, SPM's, AFNI's buckets, statistical
 * maps named as nilearn and fitlins name them; a file that is none of these is one map.
 * @throws FileError `file/no-results`, `file/not-found`, `file/unknown-statistic`; and the readers'
 */
export async function findResults(path: string, said: Said): Promise<Result[]> {
  const found = await stat(path).catch((cause) => {
    throw new FileError('not-found', {
      given: `${path}, which is not there`,
      expected: 'a folder or file that FSL, SPM, AFNI or nilearn wrote',
      todo: 'Check the path.',
      cause,
    });
  });
  const results = found.isDirectory() ? await inFolder(path, said) : await inFile(path, said);
  if (results.some(({ tests }) => tests.length > 0)) return results;
  const passed = results.flatMap(({ leftOut }) => leftOut).join('; ');
  throw new FileError(passed === '' ? 'no-results' : 'unknown-statistic', {
    given: `${path}, in which no tool's results were found${passed && ` (${passed})`}`,
    expected:
      "FEAT's or film_gls's stats (tstat1.nii.gz, dof), SPM.mat, an AFNI bucket as NIfTI, or maps named ..._contrast-X_stat-z_statmap.nii.gz",
    todo: (await hasBrik(path))
      ? 'Copy AFNI data sets to NIfTI first: 3dcopy bucket+orig bucket.nii.gz.'
      : 'Name the folder that the tool wrote, or a map by itself with --statistic and --dof.',
  });
}

/** With the names of the handoff's contrasts. */
async function named(found: Found | Promise<Found>): Promise<Result> {
  const own = await found;
  return { ...own, handedOver: await contrastsHandedOver(own.path) };
}

async function inFile(path: string, said: Said): Promise<Result[]> {
  if (basename(path) === 'SPM.mat') return [await named(readSpmFolder(join(path, '..')))];
  const bucket = said.statistic === undefined ? await readAfniBucket(path) : null;
  return [await named(bucket ?? readPlainMap(path, said))];
}

async function inFolder(root: string, said: Said): Promise<Result[]> {
  const results: Result[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = (await readdir(folder, { withFileTypes: true })).filter(
      ({ name }) => !name.startsWith('.'),
    );
    const names = entries.map(({ name }) => name).sort();
    if (names.includes('SPM.mat')) results.push(await named(readSpmFolder(folder)));
    else if (isFslStats(names)) results.push(await named(readFslStats(folder)));
    else {
      for (const name of names.filter((own) => NIFTI.test(own) && !STATMAP.test(own))) {
        const bucket = await readAfniBucket(join(folder, name)).catch((error) =>
          unreadable(join(folder, name), error),
        );
        if (bucket) results.push(byProduct(bucket, names) ?? (await named(bucket)));
      }
    }
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    for (const name of folders.sort()) await visit(join(folder, name));
  };
  await visit(root);
  const statmaps = await findStatmaps(root);
  return [...results, ...(await statmapResults(statmaps, said))];
}

/** An image among others that no reader takes: said, not refused. */
function unreadable(path: string, error: unknown): Found {
  if (!(error instanceof InputError)) throw error;
  const leftOut = [`${basename(path)}: cannot be read (${error.given})`];
  return { tool: 'another tool', path, tests: [], leftOut };
}

/** What lies beside the result it is a by-product of is left out; null for any other. */
function byProduct({ besideMain, ...found }: Found, names: readonly string[]): Result | null {
  if (besideMain === undefined || !names.includes(besideMain)) return null;
  const why = `not prewhitened, and ${besideMain} beside it is; name the file to collect it`;
  const leftOut = [`${basename(found.path)}: ${why}`];
  return { ...found, tests: [], leftOut, handedOver: null };
}

/** One result a run and contrast. */
async function statmapResults(maps: readonly Statmap[], said: Said): Promise<Result[]> {
  const own = grouped(maps, ({ entities, contrast }) => [entities, contrast]);
  const read = own.map(async (group): Promise<Result> => {
    const [{ entities, path }] = group;
    const test = await statmapTest(group, said);
    const place = { tool: 'nilearn', path, entities, handedOver: null };
    if (test) return { ...place, tests: [test], leftOut: [] };
    const why = `${basename(path)}: no z, and no degrees of freedom for its t or F; give them with --dof (and --numerator)`;
    return { ...place, tests: [], leftOut: [why] };
  });
  return Promise.all(read);
}

async function statmapTest(own: readonly Statmap[], said: Said): Promise<FoundTest | null> {
  const map = async (stat: string) => {
    const found = own.find((one) => one.stat === stat);
    return found && whole(found.path);
  };
  const [t, z, F, effect, variance] = await Promise.all(
    ['t', 'z', 'F', 'effect', 'variance'].map(map),
  );
  const [{ contrast }] = own;
  const sidecar = await statmapSidecar(own[0]);
  const dof = said.dof ?? positive(sidecar.DegreesOfFreedom);
  const numerator = said.numerator ?? positive(sidecar.NumeratorDegreesOfFreedom);
  const effects = {
    ...(effect && { effect }),
    ...(variance && { variance: { map: variance, scale: 1 } }),
  };
  const ownZ = z && { ownZ: z };
  if (F && dof !== undefined && numerator !== undefined)
    return { name: contrast, statistic: 'F', dof, numerator, map: F, ...ownZ };
  if (F) return null;
  if (t && dof !== undefined)
    return { name: contrast, statistic: 't', dof, map: t, ...ownZ, ...effects };
  return z ? { name: contrast, statistic: 'z', dof: null, map: z, ...effects } : null;
}

const positive = (value: unknown) => (typeof value === 'number' && value > 0 ? value : undefined);

async function hasBrik(path: string): Promise<boolean> {
  return (await readdir(path).catch(() => [])).some((name) => /\.BRIK(\.gz)?$/.test(name));
}
