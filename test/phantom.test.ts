import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PACKAGE_ROOT } from '../src/files/versions.js';
import { makeRandom } from '../src/math/random.js';

const SLOT = /\{([^{}]*)\}/g;
const folder = (...parts: string[]) => join(PACKAGE_ROOT, ...parts);
const linesOf = (...parts: string[]) =>
  readdirSync(folder(...parts)).flatMap((name) =>
    readFileSync(folder(...parts, name), 'utf8')
      .trimEnd()
      .split('\n'),
  );

/** Every alternative of every slot at least once, and a few sentences at random. */
function expansions(pattern: string, random: ReturnType<typeof makeRandom>): string[] {
  const slots = [...pattern.matchAll(SLOT)].map(([, body]) => body.split('|'));
  const choose = (choice: (slot: number) => string) => {
    let slot = 0;
    return pattern.replace(SLOT, () => choice(slot++));
  };
  const each = slots.flatMap((options, s) =>
    options.map((option) => choose((slot) => (slot === s ? option : slots[slot][0]))),
  );
  const atRandom = [1, 2, 3].map(() =>
    choose((slot) => slots[slot][random.integer(slots[slot].length)]),
  );
  return [...each, ...atRandom];
}

const WORDS = 6;
function* runsOfWords(text: string) {
  const words = text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
  for (let i = 0; i + WORDS <= words.length; i++) yield words.slice(i, i + WORDS).join(' ');
}

test('the paradigm’s prompts share no six words in a row with the training corpus', () => {
  const random = makeRandom(1);
  const seen = new Set<string>();
  for (const pattern of linesOf('phantom', 'corpus')) {
    for (const sentence of expansions(pattern, random)) {
      for (const run of runsOfWords(sentence)) seen.add(run);
    }
  }
  const shared = linesOf('bids-templates', 'prompts').filter((prompt) =>
    [...runsOfWords(prompt)].some((run) => seen.has(run)),
  );
  expect(shared).toEqual([]);
  expect(seen.size).toBeGreaterThan(100_000);
});

test('the corpus is hundreds of distinct lines a domain', () => {
  for (const name of readdirSync(folder('phantom', 'corpus'))) {
    const lines = readFileSync(folder('phantom', 'corpus', name), 'utf8')
      .trimEnd()
      .split('\n');
    expect(new Set(lines).size, name).toBe(lines.length);
    expect(lines.length, name).toBeGreaterThanOrEqual(400);
  }
});

test('the phantom is an OPT without biases in its linear maps, at most 8 MB in all', () => {
  const config = JSON.parse(readFileSync(folder('phantom', 'config.json'), 'utf8'));
  expect(config).toMatchObject({
    architectures: ['OPTForCausalLM'],
    activation_function: 'gelu',
    enable_bias: false,
  });
  const shipped = [
    'config.json',
    'generation_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'onnx/model.onnx',
  ];
  const bytes = shipped.reduce((sum, file) => sum + statSync(folder('phantom', file)).size, 0);
  expect(bytes).toBeLessThan(8e6);
});
