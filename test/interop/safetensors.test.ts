import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ByteTensor, writeSafetensors } from '../../src/files/write-safetensors.js';
import { havePeers, python } from './peers.js';

/** The format as its specification has it: no gap, no overlap, nothing behind the last tensor. */
const READ = `
import json, sys, numpy as np
raw = open(sys.argv[1], "rb").read()
length = int.from_bytes(raw[:8], "little")
header = json.loads(raw[8:8 + length])
assert raw[8:9] == b"{" and length % 8 == 0
metadata = header.pop("__metadata__")
end, sums = 0, {}
for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    first, last = entry["data_offsets"]
    assert first == end and entry["dtype"] == "U8"
    values = np.frombuffer(raw[8 + length + first:8 + length + last], np.uint8).reshape(entry["shape"])
    weighted = (values * (1.0 + np.arange(values.size).reshape(values.shape))).sum()
    sums[name] = [list(values.shape), float(weighted)]
    end = last
assert 8 + length + end == len(raw)
print(json.dumps({"metadata": metadata, "sums": sums}))`;

describe.skipIf(!havePeers)('tensors that were written', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('are read by numpy, each with its shape and values', async () => {
    const shapes = [[3, 5], [1, 1], [7, 128], [4]];
    const tensors = shapes.map((shape, t): ByteTensor => {
      const size = shape.reduce((product, own) => product * own, 1);
      const values = Uint8Array.from({ length: size }, (_, i) => (i * 31 + t) % 3);
      return { name: `layers.${t}.fc1.weight`, shape, values: () => values };
    });
    const path = join(folder, 'a.safetensors');
    const metadata = { format: 'pt', network: 'é "x"' };
    await writeSafetensors(path, tensors, metadata);
    const weighted = (values: Uint8Array) =>
      values.reduce((sum, value, i) => sum + value * (i + 1), 0);
    const sums = tensors.map(({ name, shape, values }) => [name, [shape, weighted(values())]]);
    expect(await python(READ, path)).toEqual({ metadata, sums: Object.fromEntries(sums) });
  });
});
