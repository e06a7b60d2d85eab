import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { openArray } from '../../src/files/open-array.js';
import { openRecording } from '../../src/recording/read.js';
import { collect } from '../image/collect.js';
import { captured } from '../workflow/streams.js';
import { havePeers, peer, python } from './peers.js';

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

/** PyTorch takes gigabytes from PyPI, so it is used where it is: `apt-get install python3-torch` will do. */
const torchPython = [process.env.TORCH_PYTHON, peer('python'), 'python3', '/usr/bin/python3'].find(
  (name) => name && spawnSync(name, ['-c', 'import numpy, torch']).status === 0,
);

/** A module of the user's own, and what its layers give without hooks. */
const STUDY = `import torch
from torch import nn

torch.manual_seed(3)
prompts = [("r1", "rest", "The bus was late"), ("a1", "archeology", 'A "shard" lay: in ash'),
           ("r2", "rest", "Rain"), ("a2", "archeology", "They dug to bedrock")]

class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mix, self.mlp = nn.GRU(width, width, batch_first=True), nn.Linear(width, width)
    def forward(self, x):
        return x + torch.tanh(self.mlp(self.mix(x)[0]))

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.layers = nn.Embedding(128, 6), nn.ModuleList(Layer(6) for _ in range(3))
    def forward(self, ids):
        x = self.embed(ids)
        for layer in self.layers:
            x = layer(x)
        return x

model = Model().eval()
encode = lambda text: torch.tensor([[ord(c) % 128 for c in text]])
`;
const EXPECTED = `import json, torch
from study import encode, model, prompts
rows = []
with torch.no_grad():
    for _, _, text in prompts:
        x, own = model.embed(encode(text)), []
        for layer in model.layers:
            x = layer(x)
            own.append(x[0])
        rows.append(torch.cat(own, 1))
print(json.dumps(torch.cat(rows).tolist()))`;

describe.skipIf(!torchPython)('the PyTorch example of docs/import.md', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'torch-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const run = (file: string) =>
    execFileSync(torchPython!, [file], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 });

  test('as it is printed, makes arrays and a table that become the recording', async () => {
    const page = await readFile(resolve(import.meta.dirname, '../../docs/import.md'), 'utf8');
    const [, code] = /## PyTorch hooks\n[^#]*?```python\n(.*?)```/s.exec(page)!;
    await writeFile(join(folder, 'study.py'), STUDY);
    await writeFile(join(folder, 'hooks.py'), code);
    await writeFile(join(folder, 'expected.py'), EXPECTED);
    run('hooks.py');
    const streams = captured();
    const out = join(folder, 'recordings');
    const argv = ['import', join(folder, 'run.yaml'), '--out', out, '--json'];
    expect(await main(argv, streams), streams.errors()).toBe(0);
    const recording = await openRecording(JSON.parse(streams.output()).folder);
    expect(recording.modules.map(({ path, depth, width }) => [path, depth, width])).toEqual([
      ['/layers.0', 0, 6],
      ['/layers.1', 1, 6],
      ['/layers.2', 2, 6],
    ]);
    expect(recording.stimuli.map(({ text }) => text)).toContain('A "shard" lay: in ash');
    const expected: number[][] = JSON.parse(run('expected.py')); // [volumes, units]
    const values = await collect(recording.series);
    expect(values.length).toBe(expected.length * 18);
    expected.flat().forEach((value, i) => {
      expect(Math.abs(values[i] - value)).toBeLessThan(1e-6);
    });
  });
});
