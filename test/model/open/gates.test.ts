import { afterEach, expect, test } from 'vitest';
import { findModules, type ScannedModule } from '../../../src/model/find/modules.js';
import type { PassOutputs } from '../../../src/model/open/facade.js';
import type { Gate } from '../../../src/model/open/gated-session.js';
import { loadTapped, type TappedModel } from '../../../src/model/open/load.js';
import { locateModel } from '../../../src/model/open/locate.js';
import { readSkeleton } from '../../../src/onnx/skeleton.js';
import { VOLUMES } from '../../../src/onnx/volumes.js';
import { type Animal, animals, int64, ZOO } from '../find/zoo.js';

const IDS = [[5, 9, 7, 11, 6]];
const loaded: TappedModel[] = [];
afterEach(async () => {
  for (const model of loaded.splice(0)) await model.release();
});

/** A model whose modules are tapped and gated. */
async function open(name: string, dtype?: Animal['dtype']) {
  const source = await locateModel(name, dtype ? { dtype } : {});
  const skeleton = await readSkeleton(source.file);
  const modules = await findModules(source, skeleton);
  const tensors = modules.map(({ tensor }) => tensor);
  const load = (gated: readonly ScannedModule[]) =>
    loadTapped(source, { skeleton, tensors, modules, mode: 'read', gated });
  const gated = await load(modules);
  const plain = await load([]);
  loaded.push(gated, plain);
  return { modules, gated, plain };
}

/** Everything one pass shows. */
async function pass(model: TappedModel, ids = IDS): Promise<PassOutputs> {
  let seen: PassOutputs = {};
  model.watch = (outputs) => {
    seen = outputs;
  };
  const run = model.model as unknown as (inputs: Record<string, unknown>) => Promise<unknown>;
  await run({ input_ids: int64(ids), attention_mask: int64(ids.map((row) => row.map(() => 1))) });
  model.watch = null;
  return seen;
}

const gate = (module: ScannedModule, scale: number, shift = 0): [string, Gate] => [
  module.tensor,
  {
    scale: new Float32Array(module.width).fill(scale),
    shift: new Float32Array(module.width).fill(shift),
  },
];

const dataOf = (outputs: PassOutputs, name: string) => outputs[name].data as Float32Array;
const largest = (values: Iterable<number>) => Math.max(...Array.from(values, Math.abs));

const CAUSAL = animals.filter(
  ({ folder, dtype }) =>
    ['opt-legacy', 'gpt2-dynamo', 'llama-optimum', 'qwen3-genai', 'phi-genai'].includes(folder) &&
    dtype !== undefined,
);

test.each(CAUSAL)('$folder $dtype: open gates change nothing', async ({ folder, dtype }) => {
  const { modules, gated, plain } = await open(`${ZOO}/${folder}`, dtype);
  const two = [...IDS, [8, 5, 9, 4, 7]]; // what sequences share is shown for each, gated or not
  const [own, other] = [await pass(gated, two), await pass(plain, two)];
  // Half precision rounds where ONNX Runtime places its casts, which gates move.
  const tolerance = dtype === 'fp16' ? 2e-2 : dtype === 'fp32' ? 2e-6 : 1e-5;
  for (const tensor of ['logits', VOLUMES, ...modules.map((module) => module.tensor)]) {
    if (own[tensor].type !== 'float32') continue;
    const [a, b] = [dataOf(own, tensor), dataOf(other, tensor)];
    expect(largest(a.map((v, i) => v - b[i])), tensor).toBeLessThan(tolerance * largest(b));
  }
});

test('a scaled module scales what it hands on: the phantom’s last norm, its logits', async () => {
  const { modules, gated, plain } = await open('phantom');
  const norm = modules.find(({ path }) => path.endsWith('/decoder/final_layer_norm'))!;
  const before = await pass(plain);
  gated.setGates(new Map([gate(norm, 2)]));
  const doubled = await pass(gated);
  expect(dataOf(doubled, norm.tensor)).toEqual(dataOf(before, norm.tensor).map((v) => 2 * v));
  const [logits, twice] = [dataOf(before, 'logits'), dataOf(doubled, 'logits')];
  expect(largest(twice.map((v, i) => v - 2 * logits[i]))).toBeLessThan(1e-4);
  gated.setGates(new Map([gate(norm, 0)]));
  expect(largest(dataOf(await pass(gated), 'logits'))).toBe(0);
  gated.setGates(new Map());
  expect(dataOf(await pass(gated), 'logits')).toEqual(logits);
});

test('one unit silenced is one weight row taken out; others pass', async () => {
  const { modules, gated, plain } = await open('phantom');
  const fc2 = modules.find(({ path }) => path.endsWith('/layers.3/fc2'))!;
  const residual = modules.find(
    ({ path, kind }) => kind === 'residual' && path.endsWith('/layers.3'),
  );
  const before = await pass(plain);
  const [tensor, closed] = gate(fc2, 1);
  closed.scale[7] = 0;
  closed.shift[9] = 0.5;
  gated.setGates(new Map([[tensor, closed]]));
  const after = await pass(gated);
  // The residual stream is what went in plus what fc2 adds: unit 7 loses its part, unit 9 gains 0.5.
  const [own, was, added] = [
    dataOf(after, residual!.tensor),
    dataOf(before, residual!.tensor),
    dataOf(before, fc2.tensor),
  ];
  own.forEach((value, i) => {
    const unit = i % fc2.width;
    const change = unit === 7 ? -added[i] : unit === 9 ? 0.5 : 0;
    expect(value).toBeCloseTo(was[i] + change, 4);
  });
});

test('half precision is gated in its own type', async () => {
  const { modules, gated, plain } = await open(`${ZOO}/gpt2-dynamo`, 'fp16');
  const half = modules.find(({ dtype }) => dtype === 'float16');
  const module = half ?? modules.at(-1)!;
  gated.setGates(new Map([gate(module, 0)]));
  const [before, after] = [await pass(plain), await pass(gated)];
  const raw = after[module.tensor].data as ArrayLike<number>;
  expect(Array.from(raw).every((bits) => bits === 0 || bits === 0x8000)).toBe(true);
  expect(dataOf(after, 'logits')).not.toEqual(dataOf(before, 'logits'));
});

test('a tensor that no node makes is a fault', async () => {
  const source = await locateModel('phantom');
  const skeleton = await readSkeleton(source.file);
  const gated = [{ tensor: 'nowhere', dtype: 'float32' as const, gateShape: [1, 1, 4] }];
  await expect(loadTapped(source, { skeleton, gated })).rejects.toThrow(RangeError);
});
