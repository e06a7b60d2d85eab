import {
  AutoModelForCausalLM,
  AutoTokenizer,
  random,
  type Tensor,
} from '@huggingface/transformers';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unitCount } from '../../../src/core/module.js';
import { planBatches } from '../../../src/model/scan/batches.js';
import {
  PASSES_APART,
  type Prompt,
  passSeed,
  type ScannedToken,
  type ScanOptions,
  scanGenerate,
} from '../../../src/model/scan/scan.js';
import { hooks, openPhantom, type Phantom } from '../phantom.js';

const TOKENS = hooks.ids.length - hooks.promptLength;
const sampled = { do_sample: true, temperature: 0.8, top_k: 40 };

let phantom: Phantom;
beforeAll(async () => {
  phantom = await openPhantom();
});
afterAll(() => phantom.loaded.release());

interface Scanned {
  readonly rows: Float32Array[];
  readonly tokens: ScannedToken[];
}

async function scanAll(
  prompts: readonly Prompt[],
  settings: Partial<ScanOptions> = {},
): Promise<Scanned[]> {
  const rows: Float32Array[][] = prompts.map(() => []);
  const tokens = await scanGenerate(phantom.loaded, {
    prompts,
    tokens: TOKENS,
    sampling: { do_sample: false },
    onVolumes(volumes) {
      for (const { prompt, first, rows: own } of volumes)
        for (const [v, row] of own.entries()) rows[prompt][first + v] = Float32Array.from(row);
    },
    ...settings,
  });
  return tokens.map((own, i) => ({ tokens: own, rows: rows[i] }));
}

async function scan(settings: Partial<ScanOptions> & Partial<Prompt> = {}): Promise<Scanned> {
  const { text = hooks.prompt, seed = 1, ...options } = settings;
  const [only] = await scanAll([{ text, seed }], options);
  return only;
}

const norm = (values: Iterable<number>) => Math.sqrt([...values].reduce((s, v) => s + v * v, 0));

describe('against PyTorch forward hooks on a full pass over the same sequence', () => {
  test('every module matches, at every generated token, to 1e-4 relative', async () => {
    const { rows } = await scan();
    expect(rows).toHaveLength(TOKENS);
    let worst = 0;
    for (const module of phantom.modules) {
      const seen = hooks.modules.find(({ path }) => path === module.path);
      expect(seen, module.path).toBeDefined();
      expect(seen?.width).toBe(module.width);
      for (const [k, row] of rows.entries()) {
        const own = row.subarray(module.firstUnit, module.firstUnit + module.width);
        const scale = seen!.norms[k];
        worst = Math.max(worst, Math.abs(norm(own) - scale) / scale);
        const difference = norm(seen!.values[k].map((v, i) => v - own[i]));
        worst = Math.max(worst, difference / norm(seen!.values[k]));
      }
    }
    expect(worst).toBeLessThan(1e-4);
  });

  test('modules come in the order in which they are computed, and none is missing', () => {
    const found = phantom.modules.map(({ path }) => path);
    const called = hooks.modules.map(({ path }) => path);
    expect(found).toEqual([...found].sort((a, b) => called.indexOf(a) - called.indexOf(b)));
    const leaves = called.filter((path) => !called.some((other) => other.startsWith(`${path}/`)));
    expect(leaves.filter((path) => !found.includes(path) && !path.endsWith('/residual'))).toEqual(
      [],
    );
  });

  test('tokens, log-probabilities and entropies are those of the full pass', async () => {
    const { tokens } = await scan();
    for (const [k, token] of tokens.entries()) {
      expect(token.outputToken).toBe(
        phantom.loaded.tokenizer.decode([hooks.ids[hooks.promptLength + k]]),
      );
      expect(token.logProbability).toBeCloseTo(hooks.logProbabilities[k], 4);
      expect(token.entropy).toBeCloseTo(hooks.entropies[k], 4);
    }
  });
});

test.each([0, 1.5, 3.5, 4, 100])(
  'volumes of passes that there is room for, %d, are put there and shown together',
  async (passes) => {
    const prompts = ['The scan of the', 'A vote'].map((text) => ({ text, seed: 1 }));
    const alone = await scanAll(prompts);
    const seen: [first: number, volumes: number][] = [];
    const memory = new Float32Array(passes * (2 * phantom.loaded.units + PASSES_APART));
    await scanAll(prompts, {
      memory,
      onVolumes(volumes) {
        const [{ first, rows }] = volumes;
        seen.push([first, rows.length]);
        expect(volumes.map((own) => own.prompt)).toEqual([0, 1]);
        for (const own of volumes) {
          expect(own.first).toBe(first);
          expect(own.rows).toEqual(alone[own.prompt].rows.slice(first, first + rows.length));
          const isThere = own.rows.map(({ buffer }) => buffer === memory.buffer);
          expect(isThere).toEqual(rows.map(() => passes >= 1));
        }
      },
    });
    const parts = Math.ceil(TOKENS / Math.max(1, Math.floor(passes)));
    expect(seen.length).toBe(parts);
    expect(Math.max(...seen.map(([, volumes]) => volumes))).toBe(Math.ceil(TOKENS / parts));
    const total = seen.reduce(
      (next, [first, volumes]) => (first === next ? next + volumes : Number.NaN),
      0,
    );
    expect(total).toBe(TOKENS);
  },
);

test('recorded keys equal the cache that the unedited model exposes', async () => {
  const { rows } = await scan();
  const session = await ort.InferenceSession.create(phantom.source.file);
  const length = hooks.ids.length - 1;
  const int64 = (values: bigint[]) =>
    new ort.Tensor('int64', BigInt64Array.from(values), [1, values.length]);
  const past = session.inputMetadata
    .filter(({ name }) => name.startsWith('past'))
    .map(({ name }) => [name, new ort.Tensor('float32', [], [1, 4, 0, 32])]);
  const outputs = await session.run({
    input_ids: int64(hooks.ids.slice(0, length).map(BigInt)),
    attention_mask: int64(Array<bigint>(length).fill(1n)),
    ...Object.fromEntries(past),
  });
  const key = outputs['present.2.key'] as ort.TypedTensor<'float32'>; // [1, heads, tokens, width]
  const [, heads, tokens, width] = key.dims;
  const module = phantom.modules.find(({ path }) => path.endsWith('layers.2/self_attn/k_proj'))!;
  let [squares, difference] = [0, 0];
  for (const [k, row] of rows.entries()) {
    for (let unit = 0; unit < module.width; unit++) {
      const [head, i] = [Math.floor(unit / width), unit % width];
      const cached = key.data[(head * tokens + hooks.promptLength - 1 + k) * width + i];
      squares += cached ** 2;
      difference += (cached - row[module.firstUnit + unit]) ** 2;
    }
  }
  expect(heads * width).toBe(module.width);
  expect(Math.sqrt(difference / squares)).toBeLessThan(1e-4);
  await session.release();
});

test('tokens are the same with recording on, off, and by plain Transformers.js', async () => {
  const { tokens } = await scan({ sampling: sampled, seed: 77, tokens: 20 });
  const recorded = tokens.map(({ outputToken }) => outputToken);

  const folder = phantom.source.folder;
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  const generate = async (model: { generate: Phantom['loaded']['model']['generate'] }) => {
    let pass = 0;
    const output = await model.generate({
      ...tokenizer(hooks.prompt),
      ...sampled,
      min_new_tokens: 20,
      max_new_tokens: 20,
      streamer: { put: () => random.seed(passSeed(77, pass++)), end: () => {} },
    } as never);
    const ids = ((output as Tensor).tolist() as bigint[][])[0].slice(hooks.promptLength);
    return ids.map((id) => tokenizer.decode([Number(id)]));
  };
  expect(await generate(phantom.loaded.model)).toEqual(recorded);
  const plain = await AutoModelForCausalLM.from_pretrained(folder, { dtype: 'fp32' });
  expect(await generate(plain)).toEqual(recorded);
  await plain.dispose();
});

test('the same seed gives the same bytes, another seed other tokens', async () => {
  const first = await scan({ sampling: sampled, seed: 5 });
  const again = await scan({ sampling: sampled, seed: 5 });
  const other = await scan({ sampling: sampled, seed: 6 });
  expect(again).toEqual(first);
  expect(other.tokens).not.toEqual(first.tokens);
  expect(first.rows[0]).toHaveLength(unitCount(phantom.modules));
});

test('a prompt longer than the context is refused', async () => {
  await expect(scan({ text: 'the '.repeat(300) })).rejects.toMatchObject({
    code: 'model/prompt-too-long',
  });
});

describe('prompts side by side', () => {
  const prompts: Prompt[] = [
    'The doctor looked at the',
    'Stir',
    'In the second trench, below the floor of the temple, the diggers found',
    'Voters in the north',
  ].map((text, i) => ({ text, seed: 40 + i }));

  test('give the tokens and, to 1e-4, the volumes they give alone, whatever their lengths', async () => {
    const options = { sampling: sampled, tokens: 12 };
    const together = await scanAll(prompts, options);
    let worst = 0;
    for (const [i, prompt] of prompts.entries()) {
      const alone = await scan({ ...prompt, ...options });
      expect(together[i].tokens.map((t) => t.outputToken)).toEqual(
        alone.tokens.map((t) => t.outputToken),
      );
      for (const [k, row] of alone.rows.entries()) {
        for (const { firstUnit, width } of phantom.modules) {
          const own = row.subarray(firstUnit, firstUnit + width);
          const difference = own.map((v, u) => v - together[i].rows[k][firstUnit + u]);
          worst = Math.max(worst, norm(difference) / norm(own));
        }
        expect(together[i].tokens[k].logProbability).toBeCloseTo(alone.tokens[k].logProbability, 4);
      }
    }
    expect(worst).toBeLessThan(1e-4);
  });

  test('a batch is found to be harmless for the phantom, and no larger than asked for', async () => {
    const { loaded } = phantom;
    const texts = prompts.map(({ text }) => text);
    const plan = (batch: number) => planBatches(loaded, { batch });
    expect((await plan(3)).batches(texts)).toEqual([[0, 1, 2], [3]]);
    expect((await plan(1)).batches(texts)).toEqual([[0], [1], [2], [3]]);
  });

  test('one that is too long is refused, and the model is still of use', async () => {
    const long = { text: 'the '.repeat(300), seed: 1 };
    await expect(scanAll([prompts[0], long])).rejects.toMatchObject({
      code: 'model/prompt-too-long',
    });
    expect((await scan()).rows).toHaveLength(TOKENS);
  });
});

test('a cache that stays in the lockstep gives the same tokens and, to 1e-4, the same volumes', async () => {
  const { lockstep } = phantom.loaded;
  const prompts = ['The doctor looked at the', 'Stir'].map((text, seed) => ({ text, seed }));
  const options = { sampling: sampled, tokens: 150 }; // the cache grows twice
  expect(lockstep.canKeepCache).toBe(true);
  lockstep.residentCache = false;
  const handed = await scanAll(prompts, options);
  lockstep.residentCache = true;
  const resident = await scanAll(prompts, options);
  lockstep.residentCache = false;
  let worst = 0;
  for (const [i, { rows, tokens }] of handed.entries()) {
    expect(resident[i].tokens.map((t) => t.outputToken)).toEqual(tokens.map((t) => t.outputToken));
    for (const [k, row] of rows.entries()) {
      const difference = row.map((v, u) => v - resident[i].rows[k][u]);
      worst = Math.max(worst, norm(difference) / norm(row));
    }
  }
  expect(worst).toBeLessThan(1e-4);
});

test('planning finds that the phantom’s cache may stay', async () => {
  const { loaded } = phantom;
  await planBatches(loaded, { batch: 2 });
  expect(loaded.lockstep.residentCache).toBe(true);
  loaded.lockstep.residentCache = false;
});

test('every token knows its place in the context', async () => {
  const { tokens } = await scan();
  const places = tokens.map(({ contextPosition }) => contextPosition);
  expect(places).toEqual(tokens.map((_, k) => hooks.promptLength - 1 + k));
});
