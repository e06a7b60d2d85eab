import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planBatches } from '../../../src/model/scan/batches.js';
import { scanRead } from '../../../src/model/scan/read.js';
import type { ScannedToken } from '../../../src/model/scan/scan.js';
import { hooks, openPhantom, type Phantom } from '../phantom.js';

let phantom: Phantom;
beforeAll(async () => {
  phantom = await openPhantom('read');
});
afterAll(() => phantom.loaded.release());

interface ReadText {
  readonly rows: Float32Array[];
  readonly tokens: ScannedToken[];
}

async function read(texts: readonly string[], tokensPerPass = 1000): Promise<ReadText[]> {
  const rows: Float32Array[][] = texts.map(() => []);
  const tokens = await scanRead(phantom.loaded, {
    texts,
    tokensPerPass,
    onVolumes(volumes) {
      for (const { prompt, first, rows: own } of volumes)
        for (const [v, row] of own.entries()) rows[prompt][first + v] = Float32Array.from(row);
    },
  });
  return tokens.map((own, i) => ({ tokens: own, rows: rows[i] }));
}

const norm = (values: Iterable<number>) => Math.sqrt([...values].reduce((s, v) => s + v * v, 0));

/** The largest difference of two texts' rows, of the norm of a module's row. */
function difference(a: ReadText, b: ReadText): number {
  let worst = 0;
  for (const [k, row] of a.rows.entries()) {
    for (const { firstUnit, width } of phantom.modules) {
      const own = row.subarray(firstUnit, firstUnit + width);
      const apart = own.map((v, u) => v - b.rows[k][firstUnit + u]);
      worst = Math.max(worst, norm(apart) / norm(own));
    }
  }
  return worst;
}

const TEXTS = [
  'The doctor looked at the scan of the liver.',
  'Stir the soup.',
  'In most democracies the upper house of parliament can delay a law, but not stop it.',
];

test('the generated text, read, gives PyTorch’s activations at every token it was generated at', async () => {
  // The ids that were generated need not be those the tokenizer makes of their text: read the ids.
  const { loaded, modules } = phantom;
  const text = loaded.tokenizer.decode([...hooks.ids], { skip_special_tokens: true });
  const [{ rows, tokens }] = await read([text]);
  const again = tokens.map(({ inputToken }) => inputToken);
  expect(again).toEqual([...hooks.ids].map((id) => loaded.tokenizer.decode([id])));
  let worst = 0;
  for (const module of modules) {
    const seen = hooks.modules.find(({ path }) => path === module.path);
    for (const [k, values] of seen!.values.entries()) {
      const row = rows[hooks.promptLength - 1 + k];
      const own = row.subarray(module.firstUnit, module.firstUnit + values.length);
      worst = Math.max(worst, norm(values.map((v, i) => v - own[i])) / norm(values));
    }
  }
  expect(worst).toBeLessThan(1e-4);
  for (const [k, logProbability] of hooks.logProbabilities.entries()) {
    const token = tokens[hooks.promptLength - 1 + k];
    expect(token.logProbability).toBeCloseTo(logProbability, 4);
    expect(token.entropy).toBeCloseTo(hooks.entropies[k], 4);
  }
});

test('one volume a token; each volume’s output token is the next one’s input, the last has none', async () => {
  const [{ rows, tokens }] = await read([TEXTS[2]]);
  expect(rows).toHaveLength(tokens.length);
  for (const [k, { outputToken }] of tokens.slice(0, -1).entries()) {
    expect(outputToken).toBe(tokens[k + 1].inputToken);
  }
  expect(tokens.at(-1)).toMatchObject({ outputToken: '', logProbability: Number.NaN });
  expect(tokens.at(-1)?.entropy).toBeGreaterThan(0);
});

describe('the same volumes to 1e-4', () => {
  test('alone and in a batch of texts of other lengths', async () => {
    const together = await read(TEXTS);
    for (const [i, text] of TEXTS.entries()) {
      const [alone] = await read([text]);
      expect(together[i].rows).toHaveLength(alone.rows.length);
      expect(difference(alone, together[i])).toBeLessThan(1e-4);
    }
  });

  test.each([1, 3, 7])('in one pass and in passes of %i tokens', async (tokensPerPass) => {
    const [whole] = await read([TEXTS[2]]);
    const [parts] = await read([TEXTS[2]], tokensPerPass);
    expect(parts.rows).toHaveLength(whole.rows.length);
    expect(difference(whole, parts)).toBeLessThan(1e-4);
    expect(parts.tokens.map((t) => t.outputToken)).toEqual(whole.tokens.map((t) => t.outputToken));
  });
});

test('the surprisals add up to the log-likelihood of the text under the unedited model', async () => {
  const { loaded, source } = phantom;
  const [{ tokens }] = await read([TEXTS[0]]);
  const ids = (loaded.tokenizer(TEXTS[0]) as { input_ids: { tolist(): bigint[][] } }).input_ids;
  const [own] = ids.tolist();
  const session = await ort.InferenceSession.create(source.file);
  const int64 = (values: bigint[]) =>
    new ort.Tensor('int64', BigInt64Array.from(values), [1, values.length]);
  const past = session.inputMetadata
    .filter(({ name }) => name.startsWith('past'))
    .map(({ name }) => [name, new ort.Tensor('float32', [], [1, 4, 0, 32])]);
  const { logits } = await session.run({
    input_ids: int64(own),
    attention_mask: int64(own.map(() => 1n)),
    ...Object.fromEntries(past),
  });
  const [, , vocabulary] = logits.dims;
  const data = logits.data as Float32Array;
  let expected = 0;
  for (let k = 0; k + 1 < own.length; k++) {
    const row = data.subarray(k * vocabulary, (k + 1) * vocabulary);
    const max = Math.max(...row);
    const logZ = max + Math.log(row.reduce((sum, l) => sum + Math.exp(l - max), 0));
    expected += row[Number(own[k + 1])] - logZ;
  }
  const sum = tokens.slice(0, -1).reduce((total, { logProbability }) => total + logProbability, 0);
  expect(sum).toBeCloseTo(expected, 3);
  await session.release();
});

test('a model that was opened to generate, which shows the last tokens alone, is refused', async () => {
  const { loaded } = await openPhantom();
  const reading = scanRead(loaded, { texts: TEXTS, tokensPerPass: 1000, onVolumes() {} });
  await expect(reading).rejects.toThrow('opened to generate');
  await loaded.release();
});

test('a text longer than the context is refused', async () => {
  await expect(read(['the '.repeat(300)])).rejects.toMatchObject({ code: 'model/prompt-too-long' });
});

test('texts of any length may go together through the phantom', async () => {
  const plan = await planBatches(phantom.loaded);
  expect(plan.batches(TEXTS)).toEqual([[0, 1, 2]]);
  expect(plan.tokensPerPass).toBeGreaterThan(100);
});
