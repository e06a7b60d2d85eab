import { expect, test } from 'vitest';
import { readNotes } from '../../../src/image/header-notes.js';
import { openNifti } from '../../../src/image/open-nifti.js';
import { readAfniBucket } from '../../../src/tools/read/afni.js';
import { bricksOf, parseAfniAttributes } from '../../../src/tools/read/afni-attributes.js';
import { fixture } from '../make-results.js';

const bucket = fixture('afni', 'ols.nii.gz');

test('a bucket of 3dDeconvolve gives each t with its coefficient, F, and dof', async () => {
  const found = await readAfniBucket(bucket);
  const shown = found!.tests.map(({ name, statistic, dof, numerator, map, effect, partOf }) => [
    ...[name, statistic, dof, numerator ?? null, map.volume, effect?.volume ?? null],
    partOf !== undefined,
  ]);
  expect(shown).toEqual([
    ['Full', 'F', 175, 3, 0, null, false],
    ['a', 't', 175, null, 2, 1, false],
    ['b', 't', 175, null, 5, 4, false],
    ['c', 't', 175, null, 8, 7, false],
    ['aMinusB', 't', 175, null, 11, 10, false],
    ['any#0', 't', 175, null, 14, 13, true],
    ['any#1', 't', 175, null, 16, 15, true],
    ['any#2', 't', 175, null, 18, 17, true],
    ['any', 'F', 175, 3, 19, null, false],
  ]);
});

test('3dREMLfit, whose labels lack _GLT, gives the same tests', async () => {
  const names = async (path: string) =>
    (await readAfniBucket(path))!.tests.map(({ name, statistic }) => `${name} ${statistic}`);
  expect(await names(fixture('afni', 'reml.nii.gz'))).toEqual(await names(bucket));
});

test('least squares that 3dREMLfit wrote beside its prewhitened bucket is told by its history', async () => {
  const besideMain = async (path: string) => (await readAfniBucket(path))!.besideMain;
  expect(await besideMain(fixture('afni', 'both', 'ols.nii.gz'))).toBe('reml.nii.gz');
  expect(await besideMain(bucket)).toBeUndefined();
  expect(await besideMain(fixture('afni', 'reml.nii.gz'))).toBeUndefined();
});

test('BRICK_STATAUX says the same as BRICK_STATSYM', async () => {
  const { extensions } = await readNotes(await openNifti(bucket));
  const attributes = parseAfniAttributes(extensions[0].text);
  const old = new Map([...attributes].filter(([name]) => name !== 'BRICK_STATSYM'));
  expect(attributes.has('BRICK_STATSYM')).toBe(true);
  expect(bricksOf(old)).toEqual(bricksOf(attributes));
});

test('long text comes in pieces', () => {
  const text =
    '<AFNI_atr ni_type="String" ni_dimen="2" atr_name="BRICK_LABS" >\n "a#0_Co"\n "ef~a#0_Tstat"\n</AFNI_atr>';
  expect(bricksOf(parseAfniAttributes(text)).map(({ label }) => label)).toEqual([
    'a#0_Coef',
    'a#0_Tstat',
  ]);
});

test('attributes: entities, numbers, and the name that older files use', () => {
  const text = `<AFNI_atr ni_type="String" ni_dimen="1" AFNI_name="NOTE" >\n "a &lt;b&gt; &quot;c&quot; &amp; &apos;d&apos;"\n</AFNI_atr>
<AFNI_atr
  ni_type="float"
  ni_dimen="4"
  atr_name="BRICK_STATAUX" >
 2
 5
 0
</AFNI_atr>`;
  const attributes = parseAfniAttributes(text);
  expect(attributes.get('NOTE')).toBe(`a <b> "c" & 'd'`);
  const labelled = new Map([...attributes, ['BRICK_LABS', 'x~y~z_Zscr']]);
  expect(bricksOf(labelled).map(({ statistic }) => statistic)).toEqual([
    null,
    null,
    { code: 5, parameters: [] },
  ]);
});

test('an image without the AFNI extension is no bucket', async () => {
  expect(await readAfniBucket(fixture('fsl', 'ols', 'tstat1.nii.gz'))).toBeNull();
});
