import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { goldenDataset } from '../workflow/golden-dataset.js';
import { captured } from '../workflow/streams.js';
import { havePeers, peer } from './peers.js';

/** The folder handed to nilearn, run without a hand edit, beside the built-in GLM of the same model. */
describe.skipIf(!havePeers)('boldbridge handoff nilearn', () => {
  let folder: string;
  let golden: Awaited<ReturnType<typeof goldenDataset>>;
  const path = (...parts: string[]) => join(folder, ...parts);
  const run = async (...argv: string[]) => {
    const streams = captured();
    expect([await main([...argv, '--quiet'], streams), streams.errors()]).toEqual([0, '']);
  };
  const model = ['--contrast', 'a', '--contrast', 'aMinusB = a - b', '--f-contrast', 'any = a; b'];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'handoff nilearn ')); // a path with blanks
    golden = await goldenDataset(folder);
    await run('glm', golden.dataset, path('glm'), '--mask', golden.mask, ...model);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each(['exact', 'native'])(
    'design %s: the same maps, and read as ours are',
    async (design) => {
      const out = path(design);
      const asked = ['--mask', golden.mask, '--design', design, ...model];
      await run('handoff', 'nilearn', golden.dataset, out, ...asked);
      const env = { ...process.env, PYTHON: peer('python') };
      await promisify(execFile)('bash', [join(out, 'run.sh')], { env });
      const func = join(out, 'results', 'sub-01', 'func');
      const maps = (await readdir(func)).filter((name) => name.endsWith('.nii.gz'));
      // Three contrasts of three fits: two of five maps, an F of three.
      expect(maps).toHaveLength(3 * (2 * 5 + 3));
      // nilearn's F of several runs is approximate; all else is the same.
      const same = maps.filter((name) => name.includes('_run-') || !name.includes('-any_'));
      expect(same).toHaveLength(3 * 13 - 3);
      for (const name of same) {
        const ours = await golden.values(path('glm', 'sub-01', 'func', name));
        const theirs = await golden.values(join(func, name));
        const largest = Math.max(...ours.map(Math.abs));
        const difference = Math.max(...ours.map((value, u) => Math.abs(value - theirs[u])));
        expect(difference / largest, name).toBeLessThan(1e-6);
        expect(largest, name).toBeGreaterThan(0);
      }
      const networks = [
        'networks',
        golden.dataset,
        path(`networks-${design}`),
        '--mask',
        golden.mask,
      ];
      await run(...networks, '--maps', join(out, 'results'));
    },
  );
});
