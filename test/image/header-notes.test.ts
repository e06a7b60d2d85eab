import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readNotes } from '../../src/image/header-notes.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { fixture } from '../tools/make-results.js';

const notesOf = async (path: string) => readNotes(await openNifti(path));

test('AFNI tells what its sub-bricks are in an extension of code 4 alone', async () => {
  const image = await openNifti(fixture('afni', 'ols.nii.gz'));
  expect([...image.shape, image.volumes]).toEqual([10, 10, 6, 20]);
  const { intent, description, extensions } = await readNotes(image);
  expect(intent.code).toBe(0);
  expect(description).toBe('');
  expect(extensions.map(({ code }) => code)).toEqual([4]);
  expect(extensions[0].text).toMatch(/^<\?xml[\s\S]*<\/AFNI_attributes>\s*$/);
});

test('FSL tells the statistic by its intent, without degrees of freedom', async () => {
  const intents = ['tstat1', 'fstat1', 'zstat1', 'cope1'].map(async (name) => {
    const { intent } = await notesOf(fixture('fsl', 'ols', `${name}.nii.gz`));
    return [intent.code, ...intent.parameters];
  });
  expect(await Promise.all(intents)).toEqual([
    [3, 0, 0, 0],
    [4, 0, 0, 0],
    [5, 0, 0, 0],
    [1001, 0, 0, 0],
  ]);
});

test('SPM tells it in the description', async () => {
  const { intent, description, extensions } = await notesOf(
    fixture('spm', 'none', 'spmT_0003.nii'),
  );
  expect(intent.code).toBe(0);
  expect(description).toBe('SPM{T_[175.0]} - contrast 3: aMinusB');
  expect(extensions).toEqual([]);
});

test('an extension that does not end before the voxels is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'boldbridge-notes-'));
  const bytes = gunzipSync(await readFile(fixture('afni', 'ols.nii.gz')));
  bytes.writeInt32LE(bytes.readInt32LE(352) + 8, 352);
  const path = join(folder, 'bad.nii');
  await writeFile(path, bytes);
  await expect(notesOf(path)).rejects.toMatchObject({ code: 'file/corrupt' });
  await rm(folder, { recursive: true });
});
