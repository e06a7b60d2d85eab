import { expect, test } from 'vitest';
import { readPlainMap } from '../../../src/tools/read/plain.js';
import { fixture } from '../make-results.js';

const nothing = { statistic: undefined, dof: undefined, numerator: undefined };
const tstat = fixture('fsl', 'ols', 'tstat1.nii.gz');

test('the description that SPM writes tells statistic, degrees of freedom and name', async () => {
  const of = async (name: string) =>
    (await readPlainMap(fixture('spm', 'none', name), nothing)).tests[0];
  expect(await of('spmT_0003.nii')).toMatchObject({ name: 'aMinusB', statistic: 't', dof: 175 });
  expect(await of('spmF_0004.nii')).toMatchObject({
    ...{ name: 'any', statistic: 'F', dof: 175, numerator: 3 },
  });
});

test('a z needs no degrees of freedom; a t has to be told them', async () => {
  const z = await readPlainMap(fixture('fsl', 'ols', 'zstat1.nii.gz'), nothing);
  expect(z.tests[0]).toMatchObject({ name: 'zstat1', statistic: 'z', dof: null });
  const t = await readPlainMap(tstat, { ...nothing, dof: 176 });
  expect(t.tests[0]).toMatchObject({ name: 'tstat1', statistic: 't', dof: 176 });
});

test.each([
  ['a t without degrees of freedom', tstat, nothing],
  ['a map of no statistic', fixture('fsl', 'ols', 'cope1.nii.gz'), nothing],
  ['an F without its numerator', fixture('fsl', 'ols', 'fstat1.nii.gz'), { ...nothing, dof: 176 }],
  [
    'several volumes',
    fixture('afni', 'ols.nii.gz'),
    { ...nothing, statistic: 't' as const, dof: 1 },
  ],
])('%s is refused', async (_, path, said) => {
  await expect(readPlainMap(path, said)).rejects.toMatchObject({ code: 'file/unknown-statistic' });
});
