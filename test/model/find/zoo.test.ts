import { existsSync } from 'node:fs';
import { AutoModelForCausalLM, type Tensor } from '@huggingface/transformers';
import type * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowOf } from '../../../src/model/scan/token.js';
import { openTapped } from '../../../src/onnx/tapped.js';
import {
  type Animal,
  animals,
  distance,
  floats,
  type Hooks,
  norm,
  type Opened,
  open,
  passOver,
  plainOutputs,
  unitsOf,
} from './zoo.js';

const LAST = { sequence: 0, back: 0 };
const IDS = [5, 8, 11, 14, 17, 20, 23, 26];
const ANSWER = /^(logits|last_hidden_state)$/;

/**
 * Taps show what the same graph shows to onnxruntime's Python package. Float32 and integers: the same
 * arithmetic but for the fusions that either set of taps prevents. Float16: the CPU computes most
 * operators in float32 between casts and drops cast pairs that no output needs, so values are rounded
 * (by 2^-11) at more or fewer places; after two layers they differ by up to 3e-3.
 */
const OUTPUTS_TOLERANCE = { fp32: 1e-5, q8: 1e-5, q4: 1e-5, fp16: 6e-3 };

/** The model's own answer with taps, over its size: extended fusions reorder sums (float32 rounding). */
const ANSWER_TOLERANCE = { fp32: 1e-6, q8: 1e-6, q4: 1e-6, fp16: 4e-3 };

type Known = keyof typeof OUTPUTS_TOLERANCE;

test('the zoo has every architecture, exporter and dtype', () => {
  const words = new Set(animals.flatMap(({ folder, dtype }) => [...folder.split('-'), dtype]));
  const architectures = 'opt gpt2 llama qwen2 qwen3 gemma gemma2 phi phi3 bert';
  for (const word of `${architectures} legacy dynamo optimum genai fused fp32 fp16 q8 q4`.split(
    ' ',
  )) {
    expect(words).toContain(word);
  }
});

describe.each(animals.map((animal) => [`${animal.folder} ${animal.dtype}`, animal] as const))(
  '%s',
  (_, animal: Animal) => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open(animal);
    });
    afterAll(() => opened.loaded.release());

    test('each module and each tensor is there once, the head is not', () => {
      const { modules } = opened;
      expect(new Set(modules.map(({ path }) => path)).size).toBe(modules.length);
      expect(new Set(modules.map(({ tensor }) => tensor)).size).toBe(modules.length);
      for (const { path, dtype } of modules) {
        expect(path).not.toMatch(/head/);
        expect(dtype).toBe(animal.dtype === 'fp16' ? 'float16' : 'float32');
      }
      for (const kind of ['output', 'context', 'residual']) {
        expect(modules.filter((module) => module.kind === kind).length).toBeGreaterThan(1);
      }
    });

    if (animal.hooks)
      test("PyTorch's modules, in their order, and their values", async () => {
        const hooks = animal.hooks as Hooks;
        const names = ({ path, kind, width }: { path: string; kind: string; width: number }) =>
          `${path} ${kind} ${width}`;
        expect(opened.modules.map(names)).toEqual(hooks.modules.map(names));
        const rows = await (opened.loaded.isCausal ? generated : read)(opened, hooks);
        for (const [m, module] of opened.modules.entries()) {
          const { norms, values } = hooks.modules[m];
          for (const [k, row] of rows.entries()) {
            const seen = { norm: norms[k], values: values[k] };
            expect(distance(unitsOf(module, row), seen), module.path).toBeLessThan(1e-4);
          }
        }
      });

    if (animal.outputs)
      test('the values of outputs added in Python', async () => {
        const outputs = animal.outputs as NonNullable<Animal['outputs']>;
        const row = rowOf(await passOver(opened, [outputs.ids]), LAST);
        const compared = opened.modules.filter(({ tensor }) => !tensor.endsWith('_sum'));
        expect(compared.length).toBeGreaterThan(14);
        for (const module of compared) {
          const apart = distance(unitsOf(module, row), outputs.tensors[module.tensor]);
          expect(apart, module.path).toBeLessThan(OUTPUTS_TOLERANCE[animal.dtype as Known]);
        }
      });

    test('the last token shown alone is the last of all', async () => {
      const last = await open(animal, 'generate');
      const tolerance = OUTPUTS_TOLERANCE[animal.dtype as Known];
      const two = [IDS, IDS.toReversed()];
      const [alone, all] = [await passOver(last, two), await passOver(opened, two)];
      for (const sequence of two.keys()) {
        const [own, expected] = [alone, all].map((outputs) =>
          rowOf(outputs, { sequence, back: 0 }),
        );
        expect(norm(own.map((value, u) => value - expected[u]))).toBeLessThan(
          tolerance * norm(expected),
        );
      }
      await last.loaded.release();
    });

    test("taps leave the model's answer as it is", async () => {
      const { source, modules, skeleton } = opened;
      const tensors = modules.map(({ tensor }) => tensor);
      const apart = async (session: ort.InferenceSession.SessionOptions) => {
        const { feeds, outputs } = await plainOutputs(source.file, IDS, session);
        const tapped = await openTapped(skeleton, { file: source.file, tensors, session });
        const own = await tapped.session.run(feeds);
        await tapped.release();
        const name = Object.keys(outputs).find((output) => ANSWER.test(output)) ?? '';
        const [before, after] = [floats(outputs[name]), floats(own[name])];
        const most = (values: Float32Array) =>
          values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
        return most(after.map((value, i) => value - before[i])) / most(before);
      };
      expect(await apart({})).toBeLessThan(ANSWER_TOLERANCE[animal.dtype as Known]);
      // Fusions apart, not a bit changes; float16 is also rounded where taps are (see above).
      if (animal.dtype !== 'fp16') expect(await apart({ graphOptimizationLevel: 'basic' })).toBe(0);
    });

    test('generates what plain Transformers.js generates', async () => {
      if (!opened.loaded.isCausal) return expect(animal.folder).toMatch(/^bert/);
      const { source, loaded } = opened;
      const plain = await AutoModelForCausalLM.from_pretrained(source.folder, {
        dtype: animal.dtype as 'fp32',
        use_external_data_format: existsSync(`${source.file}_data`),
      });
      loaded.watch = () => {};
      const own = await greedy(opened, loaded.model, 'Bob, sat on 2 mats?', 10);
      loaded.watch = null;
      expect(own).toEqual(await greedy(opened, plain, 'Bob, sat on 2 mats?', 10));
      await plain.dispose();
    });
  },
);

async function greedy(
  { loaded }: Opened,
  model: { generate: Opened['loaded']['model']['generate'] },
  prompt: string,
  tokens: number,
): Promise<number[]> {
  const output = await model.generate({
    ...(loaded.tokenizer(prompt) as object),
    do_sample: false,
    min_new_tokens: tokens,
    max_new_tokens: tokens,
  } as never);
  return ((output as Tensor).tolist() as bigint[][])[0].map(Number);
}

/** One row a generated token; the tokens must be those PyTorch generated. */
async function generated(opened: Opened, hooks: Hooks): Promise<Float32Array[]> {
  const { loaded } = opened;
  const rows: Float32Array[] = [];
  loaded.watch = (outputs) => {
    rows.push(rowOf(outputs, LAST));
  };
  const tokens = hooks.ids.length - hooks.promptLength;
  expect(await greedy(opened, loaded.model, hooks.prompt, tokens)).toEqual(hooks.ids);
  loaded.watch = null;
  expect(rows).toHaveLength(hooks.positions.length);
  return rows;
}

/** One row a position of one pass over all tokens. */
async function read(opened: Opened, hooks: Hooks): Promise<Float32Array[]> {
  const outputs = await passOver(opened, [hooks.ids]);
  return hooks.positions.map((position) =>
    rowOf(outputs, { ...LAST, back: hooks.ids.length - 1 - position }),
  );
}
