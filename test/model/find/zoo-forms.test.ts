import { expect, test } from 'vitest';
import { rowOf } from '../../../src/model/scan/token.js';
import {
  animals,
  distance,
  type Hooks,
  norm,
  type Opened,
  open,
  passOver,
  unitsOf,
} from './zoo.js';

const hooksOf = (folder: string) =>
  animals.find((animal) => animal.folder === folder && animal.hooks)?.hooks as Hooks;

/** Worst distance of each shared module, over the kept positions, from PyTorch's values. */
async function compare(
  opened: Opened,
  hooks: Hooks,
  nameOf: (path: string) => string | null,
): Promise<Map<string, number>> {
  const outputs = await passOver(opened, [hooks.ids]);
  const worst = new Map<string, number>();
  for (const [k, position] of hooks.positions.entries()) {
    const back = hooks.ids.length - 1 - position;
    const row = rowOf(outputs, { sequence: 0, back });
    for (const module of opened.modules) {
      const name = nameOf(module.path);
      if (name === null) continue;
      const seen = hooks.modules.find(({ path }) => path === name);
      expect(seen, `${module.path} is ${name}`).toBeDefined();
      const { norms, values } = seen as Hooks['modules'][number];
      const apart = distance(unitsOf(module, row), { norm: norms[k], values: values[k] });
      worst.set(module.path, Math.max(worst.get(module.path) ?? 0, apart));
    }
  }
  return worst;
}

test("onnxruntime-genai's modules are PyTorch's, fused projections aside", async () => {
  const opened = await open({ folder: 'qwen3-genai', dtype: 'fp32' });
  const residuals: Readonly<Record<string, string>> = {
    '/model/layers.1/input_layernorm/residual': '/model/layers.0',
    '/model/layers.2/final_norm_layernorm/residual': '/model/layers.1',
  };
  const worst = await compare(opened, hooksOf('qwen3-legacy'), (path) =>
    path.endsWith('/qkv_proj')
      ? null
      : (residuals[path] ??
        path.replace('/attn/', '/self_attn/').replace('layers.2/final_norm_layernorm', 'norm')),
  );
  expect(worst.size).toBe(opened.modules.length - 2);
  expect(Math.max(...worst.values())).toBeLessThan(1e-4);
  const depths = opened.modules.map(({ depth }) => depth);
  expect([...new Set(depths)]).toEqual(['embedding', 0, 1, 'head']);
  await opened.loaded.release();
});

test('of a graph with fused operators, all that is left is named and right', async () => {
  const opened = await open({ folder: 'bert-fused', dtype: 'fp32' });
  const worst = await compare(opened, hooksOf('bert-optimum'), (path) =>
    path === '/embeddings' ? '/embeddings/LayerNorm' : path,
  );
  const biasMoved = opened.modules.map(({ path }) => path).filter((path) => /dense$/.test(path));
  expect(biasMoved).toHaveLength(6);
  for (const [path, apart] of worst) {
    // The fusion moved the bias of these into the next operator: a constant is missing.
    if (biasMoved.includes(path)) expect(apart, path).toBeGreaterThan(1e-2);
    else expect(apart, path).toBeLessThan(1e-4);
  }
  expect(worst.size).toBe(19);
  await opened.loaded.release();
});

test('onnxruntime-genai names modules as torch does', async () => {
  const opened = await open({ folder: 'gemma-genai', dtype: 'fp16' });
  const inLayer = opened.modules.filter(({ path }) => path.startsWith('/model/layers.0/'));
  expect(inLayer.map(({ path }) => path.replace('/model/layers.0/', ''))).toEqual([
    'input_layernorm',
    'attn/qkv_proj',
    'attn/context',
    'attn/o_proj',
    'post_attention_layernorm/residual',
    'post_attention_layernorm',
    'mlp/gate_proj',
    'mlp/up_proj',
    'mlp/act_fn',
    'mlp/down_proj',
  ]);
  await opened.loaded.release();
});

test('an encoder’s last layer is a module though it is the model’s output', async () => {
  const opened = await open({ folder: 'bert-optimum', dtype: 'q8' });
  expect(opened.modules.at(-1)).toMatchObject({
    path: '/encoder/layer.1/output/LayerNorm',
    tensor: 'last_hidden_state',
  });
  await opened.loaded.release();
});

test.each([
  ['llama-optimum', 'fp32'],
  ['gpt2-dynamo', 'fp16'],
  ['opt-legacy', 'fp32'],
] as const)(
  'of a batch of %s, each sequence has the values it has alone',
  async (folder, dtype) => {
    const opened = await open({ folder, dtype });
    const sequences = [
      [5, 9, 30, 41],
      [60, 7, 7, 12],
    ];
    const together = await passOver(opened, sequences);
    for (const [sequence, ids] of sequences.entries()) {
      const alone = await passOver(opened, [ids]);
      for (const back of [0, 2]) {
        const own = rowOf(together, { sequence, back });
        const single = rowOf(alone, { sequence: 0, back });
        const apart = norm(own.map((value, unit) => value - single[unit])) / norm(single);
        expect(apart).toBeLessThan(dtype === 'fp16' ? 2e-3 : 1e-6);
      }
    }
    await opened.loaded.release();
  },
);
