import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openArray } from '../../src/files/open-array.js';
import { havePeers, python } from './peers.js';

describe.skipIf(!havePeers)('arrays that numpy saved', () => {
  let folder: string;
  let values: number[]; // [37, 5], exact in half precision
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numpy-'));
    values = await python<number[]>(
      `import json, sys, numpy as np
folder = sys.argv[1]
a = np.round(np.random.default_rng(0).normal(size=(37, 5)) * 64) / 64
for name in ["f2", "f4", "f8", ">f4"]:
    np.save(f"{folder}/{name[-2:]}{len(name)}.npy", a.astype(name))
np.save(f"{folder}/fortran.npy", np.asfortranarray(a.astype("f2")))
np.savez(f"{folder}/plain.npz", a=a.astype("f4"), b=np.zeros(3))
np.savez_compressed(f"{folder}/packed.npz", b=np.zeros(3), a=np.asfortranarray(a))
print(json.dumps(a.ravel().tolist()))`,
      folder,
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    'f22.npy',
    'f42.npy',
    'f82.npy',
    'f43.npy',
    'fortran.npy',
    'plain.npz:a',
    'packed.npz:a',
  ])('%s', async (spec) => {
    const array = await openArray(join(folder, spec));
    expect([array.rows, array.columns]).toEqual([37, 5]);
    const [start, end] = [await array.read(0, 20), await array.read(20, 37)];
    await array.close();
    expect([...start, ...end]).toEqual(values);
  });
});
