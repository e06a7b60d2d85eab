import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../../src/cli.js';
import { openNifti } from '../../../src/image/open-nifti.js';
import { readMap } from '../../../src/image/voxels.js';
import { correlation } from '../../../src/math/correlation.js';
import { readAfniBucket } from '../../../src/tools/read/afni.js';
import { goldenDataset } from '../../workflow/golden-dataset.js';
import { captured } from '../../workflow/streams.js';

const RUN = 'sub-01_task-x_run-1';
const CONTRASTS = ['a', 'b', 'c', 'aMinusB'];

/** Boxcars a, b, c and a linear drift. */
const model = (noise: 'ols' | 'ar1') => ({
  Name: 'boxcars',
  BIDSModelVersion: '1.0.0',
  Nodes: [
    {
      Level: 'Run',
      Name: 'run',
      GroupBy: ['run', 'subject'],
      Transformations: {
        Transformer: 'pybids-transforms-v1',
        Instructions: [{ Name: 'Factor', Input: ['trial_type'] }],
      },
      Model: {
        Type: 'glm',
        X: ['trial_type.*', 1],
        Software: { boldbridge: { inference: 'volumes', noise, driftOrder: 1 } },
      },
      Contrasts: [
        {
          Name: 'aMinusB',
          ConditionList: ['trial_type.a', 'trial_type.b'],
          Weights: [1, -1],
          Test: 't',
        },
      ],
      DummyContrasts: { Test: 't', Contrasts: ['trial_type.*'] },
    },
  ],
});

let folder: string;
let golden: Awaited<ReturnType<typeof goldenDataset>>;
const at = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handoff-real-'));
  golden = await goldenDataset(folder);
  for (const noise of ['ols', 'ar1'] as const) {
    await writeFile(at(`${noise}_smdl.json`), JSON.stringify(model(noise)));
    await run('glm', golden.dataset, at(`glm-${noise}`), '--model', at(`${noise}_smdl.json`));
  }
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...argv: string[]) {
  const streams = captured();
  const code = await main([...argv, '--mask', golden.mask, '--quiet'], streams);
  expect([code, streams.errors()]).toEqual([0, '']);
}

/** Hands over and runs the script, without a hand edit. */
async function fitted(tool: string, noise: string, ...words: string[]) {
  const out = at(`${tool}-${noise}-${words.join('')}`);
  await run('handoff', tool, golden.dataset, out, '--model', at(`${noise}_smdl.json`));
  const env = { ...process.env, OMP_NUM_THREADS: '1', AFNI_DONT_LOGFILE: 'YES' };
  await promisify(execFile)('bash', [join(out, 'run.sh'), ...words], { env, maxBuffer: 1 << 26 });
  return out;
}

const ours = (noise: string, contrast: string) =>
  golden.values(
    at(`glm-${noise}`, 'sub-01', 'func', `${RUN}_contrast-${contrast}_stat-t_statmap.nii.gz`),
  );

const largest = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

describe('FSL itself', () => {
  const tOf = (folder: string, contrast: string) =>
    golden.values(join(folder, `tstat${CONTRASTS.indexOf(contrast) + 1}.nii.gz`));

  test('feat: least squares are ours, dof being one more', async () => {
    const out = await fitted('fsl', 'ols', 'feat');
    for (const contrast of CONTRASTS) {
      const t = await tOf(join(out, 'results', 'feat', `${RUN}.feat`, 'stats'), contrast);
      const counted = t.map((value) => value * Math.sqrt(175 / 176));
      expect(largest(counted, await ours('ols', contrast))).toBeLessThan(1e-4);
    }
    const group = join(out, 'results', 'feat', 'sub-01_task-x.gfeat', 'cope1.feat', 'stats');
    expect((await golden.values(join(group, 'tstat1.nii.gz'))).some((t) => t > 5)).toBe(true);
  });

  test('film_gls: least squares are ours; prewhitened, like our AR(1)', async () => {
    const plain = await fitted('fsl', 'ols', 'film');
    const white = await fitted('fsl', 'ar1', 'film');
    for (const contrast of CONTRASTS) {
      const stats = (out: string) => join(out, 'results', 'film', RUN, 'stats');
      expect(largest(await tOf(stats(plain), contrast), await ours('ols', contrast))).toBeLessThan(
        1e-4,
      );
      const r = correlation(await tOf(stats(white), contrast), await ours('ar1', contrast));
      expect(r).toBeGreaterThan(0.99);
    }
  });
});

describe('AFNI itself', () => {
  /** t of a contrast in a bucket, in the golden order. */
  async function tOf(out: string, bucket: string, contrast: string) {
    const path = join(out, 'results', RUN, `${bucket}.nii.gz`);
    const own = (await readAfniBucket(path))!.tests.find(({ name }) => name === `t_${contrast}`)!;
    const map = await readMap(own.map.image, own.map.volume);
    const place = await openNifti(golden.mask);
    expect(own.map.image.shape).toEqual(place.shape);
    return map;
  }
  const inOrder = async (map: Float64Array) => {
    const index = await readMap(await openNifti(golden.mask));
    return [...map].filter((_, voxel) => index[voxel] !== 0);
  };
  /** Ours in the order of the voxels. */
  const oursByVoxel = async (noise: string, contrast: string) =>
    inOrder(
      await readMap(
        await openNifti(
          at(`glm-${noise}`, 'sub-01', 'func', `${RUN}_contrast-${contrast}_stat-t_statmap.nii.gz`),
        ),
      ),
    );

  test('3dDeconvolve: least squares are ours; 3dREMLfit: like our AR(1)', async () => {
    const plain = await fitted('afni', 'ols');
    const white = await fitted('afni', 'ar1');
    for (const contrast of CONTRASTS) {
      const ols = await inOrder(await tOf(plain, 'ols', contrast));
      expect(largest(ols, await oursByVoxel('ols', contrast))).toBeLessThan(1e-4);
      const reml = await inOrder(await tOf(white, 'reml', contrast));
      const r = correlation(reml, await oursByVoxel('ar1', contrast));
      expect(r).toBeGreaterThan(0.99);
    }
  });
});
