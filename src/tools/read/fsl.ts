import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FileError } from '../../core/errors.js';
import { type Found, type FoundTest, imageAt, mapAt, whole } from './found.js';
import { readVest, rowName, type Vest } from './vest.js';

const STATISTIC = /^(tstat|fstat)(\d+)\.nii(\.gz)?$/;

/** Whether a folder's files are what film_gls or flameo leaves: a FEAT's stats. */
export const isFslStats = (names: readonly string[]): boolean =>
  names.some((name) => STATISTIC.test(name));

/**
 * The tests in a FEAT's `stats` folder, or in one that film_gls or flameo wrote: t of every contrast
 * with cope and varcope, F of every F test. Degrees of freedom: of each voxel from `tdof_t<n>` where
 * flameo wrote it (its file `dof` counts inputs, not what its z are of), else `dof`.
 * @throws FileError `file/no-dof`; and those of the images
 */
export async function readFslStats(folder: string): Promise<Found> {
  const names = await readdir(folder);
  const [contrasts, tests, matrix] = await Promise.all([
    design(folder, 'con'),
    design(folder, 'fts'),
    design(folder, 'mat'),
  ]);
  const numbered = names
    .flatMap((name) => {
      const [, kind, number] = STATISTIC.exec(name) ?? [];
      return kind === undefined ? [] : [{ kind, number: Number(number) }];
    })
    .sort((a, b) => (a.kind === b.kind ? a.number - b.number : a.kind < b.kind ? 1 : -1));
  const several = numbered.filter(({ kind }) => kind === 'tstat').length > 1;
  const firstLevel = await lowerName(folder);
  const nameOf = (number: number) => {
    const unnamed = lowerNumber(folder) === null ? `tstat${number}` : basename(folder);
    const own = rowName(contrasts, number) ?? unnamed;
    if (firstLevel === null) return own;
    return several ? `${firstLevel} ${own}` : firstLevel;
  };
  const found = await Promise.all(
    numbered.map(({ kind, number }) =>
      kind === 'tstat' ? readT(folder, number, nameOf(number)) : readF(folder, number, tests),
    ),
  );
  const mean = await mapAt(join(dirname(folder), 'mean_func'));
  return {
    tool: 'FSL',
    path: folder,
    tests: found.filter((test) => test !== null),
    leftOut: found.flatMap((test, i) =>
      test ? [] : [`fstat${numbered[i].number}: no design.fts says how many contrasts it tests`],
    ),
    ...(mean && { mean }),
    notes: found.every((test) => test?.dofMap)
      ? []
      : withoutConstant(matrix, await readDof(folder)),
  };
}

/** film_gls takes the mean off the data, and counts no degree of freedom for it (glimGls.cc). */
function withoutConstant(matrix: Vest | null, dof: number): string[] {
  const isConstant = (_: number, j: number) =>
    matrix?.rows.every((row) => row[j] === matrix.rows[0][j] && row[j] !== 0);
  if (!matrix || matrix.rows[0]?.some(isConstant)) return [];
  const larger = Math.sqrt(dof / (dof - 1)).toFixed(4);
  return [
    `FSL counts ${dof} degrees of freedom, one more than a model with a constant: its design holds none, and the mean it takes off the data is not counted. Its t are ${larger} times as large`,
  ];
}

async function readT(folder: string, number: number, name: string): Promise<FoundTest> {
  const at = (kind: string) => mapAt(join(folder, `${kind}${number}`));
  const [map, effect, variance, ownZ] = await Promise.all(
    ['tstat', 'cope', 'varcope', 'zstat'].map(at),
  );
  const dofMap = await mapAt(join(folder, `tdof_t${number}`));
  return {
    name,
    number: lowerNumber(folder) ?? number,
    statistic: 't',
    dof: dofMap ? null : await readDof(folder),
    ...(dofMap && { dofMap }),
    map: map!,
    ...(effect && { effect }),
    ...(variance && { variance: { map: variance, scale: 1 } }),
    ...(ownZ && { ownZ }),
  };
}

/** An F test's numerator is nowhere but in the ones of its row of design.fts. */
async function readF(
  folder: string,
  number: number,
  tests: Vest | null,
): Promise<FoundTest | null> {
  const row = tests?.rows[number - 1];
  if (!row) return null;
  const ownZ = await mapAt(join(folder, `zfstat${number}`));
  return {
    name: rowName(tests, number) ?? `fstat${number}`,
    number,
    statistic: 'F',
    dof: await readDof(folder),
    numerator: row.filter((value) => value !== 0).length,
    map: await whole((await imageAt(join(folder, `fstat${number}`)))!),
    ...(ownZ && { ownZ }),
  };
}

async function readDof(folder: string): Promise<number> {
  const path = join(folder, 'dof');
  const dof = Number.parseFloat(await readFile(path, 'utf8').catch(() => ''));
  if (dof > 0) return dof;
  throw new FileError('no-dof', {
    given: `${folder}, whose file dof is missing or holds no number`,
    expected: 'the degrees of freedom beside the t maps, as film_gls and flameo write them',
    todo: 'Give the whole stats folder.',
  });
}

const FLAGS = { con: /--(?:con|tc)=(\S+)/, fts: /--(?:fcon|fc)=(\S+)/, mat: /--(?:pd|dm)=(\S+)/ };

/** design.con, .fts or .mat: as film_gls was called, else of the FEAT around the folder. */
async function design(folder: string, extension: keyof typeof FLAGS): Promise<Vest | null> {
  const log = await readFile(join(folder, 'logfile'), 'utf8').catch(() => '');
  const given = FLAGS[extension].exec(log)?.[1] ?? `design.${extension}`;
  const beside = join(dirname(folder), `design.${extension}`);
  return (await readVest(resolve(dirname(folder), given))) ?? readVest(beside);
}

/** Of a second level's `cope<n>.feat/stats`, or of what flameo left in `contrast<n>`: n. */
function lowerNumber(folder: string): number | null {
  const [, cope] = /^cope(\d+)\.feat$/.exec(basename(dirname(folder))) ?? [];
  const [, contrast] = /^contrast(\d+)$/.exec(basename(folder)) ?? [];
  return cope === undefined && contrast === undefined ? null : Number(cope ?? contrast);
}

/** Of a second level's `cope<n>.feat/stats`: the first level's contrast, in design.lev. */
async function lowerName(folder: string): Promise<string | null> {
  if (!/^cope\d+\.feat$/.test(basename(dirname(folder)))) return null;
  const name = await readFile(join(dirname(folder), 'design.lev'), 'utf8').catch(() => '');
  return name.trim() || null;
}
