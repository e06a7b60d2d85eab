import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { incomingNorms } from '../../src/onnx/incoming-weights.js';
import { candidatesOf, EXPORTS, isPooler, tensorsOf, ZOO } from './zoo.js';

interface Norms {
  readonly units: number;
  readonly sum: number;
  readonly first: readonly number[];
}

/** make/weight_norms.py. */
const TRUTH: {
  readonly torch: Readonly<Record<string, Readonly<Record<string, Norms>>>>;
  readonly onnxruntime: Readonly<Record<string, Readonly<Record<string, Norms>>>>;
} = JSON.parse(readFileSync(join(ZOO, 'weight-norms.json'), 'utf8'));

/** How far norms may lie from PyTorch's, relative to them: what the dtype rounds. */
const ROUNDING = { model: 2e-6, model_fp16: 5e-4, model_quantized: 0.01, model_q4: 0.15 } as const;

function expectNorms(found: Float64Array, truth: Norms, tolerance: number): void {
  expect(found.length).toBe(truth.units);
  for (const [i, norm] of truth.first.entries()) {
    if (!(Math.abs(found[i] - norm) <= tolerance * norm)) expect(found[i]).toBe(norm);
  }
  const sum = found.reduce((all, norm) => all + norm, 0);
  expect(Math.abs(sum - truth.sum)).toBeLessThanOrEqual(tolerance * truth.sum);
}

/** Modules whose units are another module's, each changed by itself. */
const PASSES_ON = /(activation_fn|act_fn|\/act)$/;

test.each(EXPORTS)(
  "%s (%s, %s): norms are those of PyTorch's parameters",
  async (folder, kind, name) => {
    const file = join(ZOO, folder, 'onnx', `${name}.onnx`);
    const truth = Object.entries(TRUTH.torch[kind]).filter(([address]) => !isPooler(address));
    const addresses = truth.map(([address]) => address);
    const found = await tensorsOf(file, addresses);
    expect([...found.keys()]).toEqual(addresses);
    const known = truth.map(([address, norms]) => ({ tensor: found.get(address)!, norms }));
    const tensors = known.map(({ tensor, norms }) => ({ tensor, width: norms.units }));
    const own = await incomingNorms(file, tensors);
    for (const [i, { norms }] of known.entries()) expectNorms(own[i]!, norms, ROUNDING[name]);
  },
);

test.each(Object.keys(TRUTH.onnxruntime))(
  '%s: quantised weights count as what onnxruntime multiplies by',
  async (path) => {
    const truth = Object.entries(TRUTH.onnxruntime[path]);
    const tensors = truth.map(([tensor, { units }]) => ({ tensor, width: units }));
    const found = await incomingNorms(join(ZOO, path), tensors);
    for (const [i, [, norms]] of truth.entries()) expectNorms(found[i]!, norms, 2e-6);
  },
);

test('an activation function hands on the norms of the weights before it', async () => {
  for (const folder of ['opt-legacy', 'gpt2-legacy', 'gpt2-dynamo', 'llama-optimum']) {
    const file = join(ZOO, folder, 'onnx/model.onnx');
    const candidates = await candidatesOf(file);
    const at = candidates.findIndex(({ paths }) => paths.some((path) => PASSES_ON.test(path)));
    const before = candidates
      .slice(0, at)
      .findLast(({ paths }) => /fc1|c_fc|gate_proj/.test(paths[0]));
    const width = folder.startsWith('gpt2') ? 128 : 64;
    const [own, theirs] = await incomingNorms(file, [
      { tensor: candidates[at].tensor, width },
      { tensor: before!.tensor, width },
    ]);
    expect(own).toEqual(theirs);
    expect(own).not.toBeNull();
  }
});

test('residuals, contexts and normalisations have no weights of their own; nor what has another width', async () => {
  const file = join(ZOO, 'llama-optimum/onnx/model.onnx');
  const candidates = await candidatesOf(file);
  const without = candidates.filter(
    ({ kind, paths }) =>
      /norm$|rotary_emb$/.test(paths[0]) || (kind !== 'output' && !/embed_tokens$/.test(paths[0])),
  );
  expect(without.length).toBeGreaterThan(8);
  const tensors = without.flatMap(({ tensor }) => [32, 64].map((width) => ({ tensor, width })));
  expect((await incomingNorms(file, tensors)).every((norms) => norms === null)).toBe(true);
  const q = candidates.find(({ paths }) => paths[0].endsWith('q_proj'))!;
  const [right, wrong] = await incomingNorms(file, [
    { tensor: q.tensor, width: 64 },
    { tensor: q.tensor, width: 63 },
  ]);
  expect([right?.length, wrong]).toEqual([64, null]);
});

test('weights cut short are refused by name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'norms-'));
  for (const name of ['model.onnx', 'model.onnx_data']) {
    await copyFile(join(ZOO, 'llama-dynamo/onnx', name), join(folder, name));
  }
  await truncate(join(folder, 'model.onnx_data'), 5000);
  await expect(incomingNorms(join(folder, 'model.onnx'), [])).rejects.toMatchObject({
    code: 'file/short-weights',
  });
  await rm(folder, { recursive: true });
});
