import { basename } from 'node:path';
import { readNotes } from '../../image/header-notes.js';
import { type NiftiImage, openNifti } from '../../image/open-nifti.js';
import { bricksOf, parseAfniAttributes } from './afni-attributes.js';
import type { Found, FoundTest, Statistic } from './found.js';

const EXTENSION = 4;
/** AFNI's codes of statistics that can be brought home (3ddata.h). */
const KINDS: Readonly<Record<number, Statistic>> = { 3: 't', 4: 'F', 5: 'z' };

/** `a#0_Tstat`, `aMinusB_GLT#0_Coef`, `any_GLT_Fstat`: a test, its row where it has one, what of it. */
const LABEL = /^(?<test>.*?)(?:_GLT)?(?:#(?<row>\d+))?_(?<what>Coef|Tstat|Fstat|Zscr)$/;

/**
 * The tests in a bucket of 3dDeconvolve or 3dREMLfit: t with its effect (the Coef before it), F. Of a
 * test of one row the F is t squared and is passed over; a row of a test of several is called `any#0`.
 * Null for an image without AFNI's extension, or with no statistic in it.
 * @throws FileError as the image's readers do
 */
export async function readAfniBucket(path: string): Promise<Found | null> {
  const image = await openNifti(path);
  const { extensions } = await readNotes(image);
  const own = extensions.find(({ code }) => code === EXTENSION);
  if (!own) return null;
  const attributes = parseAfniAttributes(own.text);
  const bricks = bricksOf(attributes);
  if (bricks.length !== image.volumes || bricks.every(({ statistic }) => !statistic)) return null;
  const parsed = bricks.map(({ label, statistic }, volume): Brick => {
    const { test = label, row, what = '' } = LABEL.exec(label)?.groups ?? {};
    return { label, volume, test, row, what, statistic };
  });
  const tests = parsed.flatMap((brick) => testOf(brick, parsed, image) ?? []);
  const unknown = parsed.filter(
    ({ statistic }) => statistic && !isStatistic(KINDS[statistic.code]),
  );
  const besideMain = prewhitenedBeside(basename(path), attributes.get('HISTORY_NOTE') ?? '');
  return {
    ...{ tool: 'AFNI', path, tests },
    ...(besideMain !== null && { besideMain }),
    leftOut: unknown.map(({ label }) => `${label}: a statistic that is none of t, F and z`),
  };
}

/** 3dREMLfit writes least squares (-Obuck) beside its prewhitened result (-Rbuck), if asked to. */
function prewhitenedBeside(name: string, history: string): string | null {
  const command = history.slice(Math.max(0, history.lastIndexOf(' 3dREMLfit ')));
  const [plain, prewhitened] = ['Obuck', 'Rbuck'].map((flag) =>
    new RegExp(` -${flag} (\\S+)`).exec(command)?.[1].split('/').at(-1),
  );
  return plain === name && prewhitened !== undefined ? prewhitened : null;
}

interface Brick {
  readonly label: string;
  readonly volume: number;
  readonly test: string;
  readonly row: string | undefined;
  readonly what: string;
  readonly statistic: ReturnType<typeof bricksOf>[number]['statistic'];
}

const isStatistic = (kind: Statistic | undefined): kind is Statistic => kind !== undefined;

function testOf(brick: Brick, all: readonly Brick[], image: NiftiImage): FoundTest | null {
  const { test, row, statistic, volume } = brick;
  const kind = statistic ? KINDS[statistic.code] : undefined;
  if (!statistic || !isStatistic(kind)) return null;
  const rows = all.filter((other) => other.test === test && other.what === 'Tstat');
  const map = { image, volume };
  if (kind === 'F') {
    const [numerator, dof] = statistic.parameters;
    return rows.length === 1 && numerator === 1
      ? null
      : { name: test, statistic: kind, dof, numerator, map };
  }
  const isRow = row !== undefined && rows.length > 1;
  const coefficient = all.find(
    (other) => other.test === test && other.row === row && other.what === 'Coef',
  );
  return {
    name: isRow ? `${test}#${row}` : test,
    ...(isRow && { partOf: `a row of the F test ${test}` }),
    statistic: kind,
    dof: statistic.parameters[0] ?? null,
    map,
    ...(coefficient && { effect: { image, volume: coefficient.volume } }),
  };
}
