import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor } from '@huggingface/transformers';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVICES } from '../../../src/core/runtime.js';
import type { PassOutputs } from '../../../src/model/open/facade.js';
import { loadTapped, type TappedModel } from '../../../src/model/open/load.js';
import { locateModel } from '../../../src/model/open/locate.js';
import { readSkeleton } from '../../../src/onnx/skeleton.js';
import { hooks } from '../phantom.js';

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A copy of the embedded model. */
async function copyPhantom(name: string, config: Record<string, unknown> = {}): Promise<string> {
  const { folder: from } = await locateModel('phantom');
  const root = join(folder, name);
  for (const part of ['config.json', 'generation_config.json', 'tokenizer.json', 'onnx']) {
    await cp(join(from, part), join(root, part), { recursive: true });
  }
  await copyFile(join(from, 'tokenizer_config.json'), join(root, 'tokenizer_config.json'));
  const file = join(root, 'config.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...config }));
  return root;
}

type Rest = Partial<Parameters<typeof loadTapped>[1]>;

async function open(root: string, options: Rest = {}): Promise<TappedModel> {
  const source = await locateModel(root);
  const skeleton = await readSkeleton(source.file);
  return loadTapped(source, { skeleton, ...options });
}

async function greedy(loaded: TappedModel): Promise<number[]> {
  const output = await loaded.model.generate({
    ...loaded.tokenizer(hooks.prompt),
    do_sample: false,
    max_new_tokens: hooks.ids.length - hooks.promptLength,
  } as unknown as Parameters<TappedModel['model']['generate']>[0]);
  return ((output as Tensor).tolist() as bigint[][])[0].map(Number);
}

test('Transformers.js is told what runs, and on what', async () => {
  const root = await copyPhantom('as fp16');
  await cp(join(root, 'onnx/model.onnx'), join(root, 'onnx/model_fp16.onnx'));
  await rm(join(root, 'onnx/model.onnx'));
  for (const [model, dtype] of [
    ['phantom', 'fp32'],
    [root, 'fp16'],
  ]) {
    const loaded = await open(model);
    const { sessions } = loaded.model as unknown as { sessions: { model: { config: unknown } } };
    expect(sessions.model.config).toEqual({ dtype, device: 'cpu' });
    expect(loaded.isCausal).toBe(true);
    await loaded.release();
  }
});

test('without generation_config.json the model generates the same', async () => {
  const root = await copyPhantom('older');
  await rm(join(root, 'generation_config.json'));
  const [older, whole] = [await open(root), await open('phantom')];
  const tokens = await greedy(older);
  expect(tokens).toEqual(await greedy(whole));
  expect(tokens).toEqual(hooks.ids);
  await Promise.all([older.release(), whole.release()]);
});

describe('an encoder', () => {
  const TAP = '/bert/encoder/layer.0/output/LayerNorm/LayerNormalization_output_0';
  let loaded: TappedModel;
  let truth: { config: object; ids: number[]; logits: number[][] };
  beforeAll(async () => {
    truth = JSON.parse(await readFile(join(fixtures, 'tiny-bert.json'), 'utf8'));
    const root = await copyPhantom('bert');
    await writeFile(join(root, 'config.json'), JSON.stringify(truth.config));
    await copyFile(join(fixtures, 'tiny-bert.onnx'), join(root, 'onnx/model.onnx'));
    loaded = await open(root, { tensors: [TAP] });
  });
  afterAll(() => loaded.release());

  test('is opened as a masked language model, and computes what PyTorch does', async () => {
    const shown: PassOutputs[] = [];
    loaded.watch = (outputs) => {
      shown.push(outputs);
    };
    const int64 = (values: readonly number[]) =>
      new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
    const run = loaded.model as unknown as (inputs: object) => Promise<{ logits: Tensor }>;
    const { logits } = await run({
      input_ids: int64(truth.ids),
      attention_mask: int64(truth.ids.map(() => 1)),
    });
    const expected = truth.logits.flat();
    const worst = Math.max(...expected.map((v, i) => Math.abs(v - Number(logits.data[i]))));
    expect(logits.dims).toEqual([1, truth.ids.length, 32]);
    expect(worst).toBeLessThan(1e-5);
    expect(shown.map((outputs) => outputs[TAP].dims)).toEqual([[1, truth.ids.length, 8]]);
  });

  test('cannot generate, though it has logits', () => {
    expect(loaded.isCausal).toBe(false);
    expect(loaded.model.constructor.name).toBe('BertForMaskedLM');
  });
});

describe('refusals', () => {
  test.each([
    [
      'a type that Transformers.js does not know',
      { model_type: 'abacus' },
      'unknown-type',
      'abacus',
    ],
    [
      'an encoder with a decoder',
      { model_type: 't5', is_encoder_decoder: true },
      'encoder-decoder',
      't5',
    ],
  ])('%s', async (name, config, code, given) => {
    await expect(open(await copyPhantom(name, config))).rejects.toMatchObject({
      code: `model/${code}`,
      given: expect.stringContaining(given),
    });
  });

  test('a graph that ONNX Runtime cannot run', async () => {
    const root = await copyPhantom('strange');
    const file = join(root, 'onnx', 'model.onnx');
    const bytes = await readFile(file);
    bytes.write('MatMuX', bytes.indexOf('"\x06MatMul') + 2);
    await writeFile(file, bytes);
    await expect(open(root)).rejects.toMatchObject({
      code: 'model/not-opened',
      given: expect.stringContaining('MatMuX'),
    });
  });
});

describe.each(DEVICES)('the device %s', (device) => {
  test('runs the model, or is refused with what to do', async () => {
    const { file } = await locateModel('phantom');
    const session = await ort.InferenceSession.create(file, { executionProviders: [device] }).catch(
      () => null,
    );
    await session?.release();
    const opening = open('phantom', { device });
    if (session) {
      const loaded = await opening;
      const tokens = await greedy(loaded);
      expect(tokens).toEqual(hooks.ids);
      await loaded.release();
    } else {
      expect(device).not.toBe('cpu');
      await expect(opening).rejects.toMatchObject({
        code: 'model/no-device',
        given: expect.stringContaining(`the device ${device}`),
        todo: expect.stringMatching(/Install .* --device cpu/),
      });
    }
  });
});
