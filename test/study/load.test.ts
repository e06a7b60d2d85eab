import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PACKAGE_ROOT } from '../../src/files/versions.js';
import { loadStudy } from '../../src/study/load.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
  await writeFile(join(folder, 'a.txt'), 'one\ntwo\n\nthree\n');
  await writeFile(join(folder, 'empty.txt'), '\n');
});
afterAll(() => rm(folder, { recursive: true }));

const sound = `name: Test
model: phantom
subject: one
tokens: 2
seed: 1
blocks:
  pattern: [off, on]
  cycles: 1
  prompts: { on: 1, off: 1 }
rest: a.txt
tasks:
  music:
    prompts: [a.txt]
`;

async function load(text: string) {
  const file = join(folder, 'study.yaml');
  await writeFile(file, text);
  return loadStudy(file);
}

test('a sound study is read with its prompts and defaults', async () => {
  const study = await load(sound);
  expect(study.settings).toMatchObject({ repetition_time: 1, repeats: 1, rest: ['a.txt'] });
  expect(study.settings.sampling.do_sample).toBe(true);
  expect(study.settings.blocks.pattern).toEqual(['off', 'on']);
  expect(study.taskPrompts.get('music')).toEqual(['one', 'two', 'three']);
});

test.each([
  ["'layers.*/fc1,!layers.3/**'", ['layers.*/fc1,!layers.3/**']],
  ["[fc1, '!layers.3/**']", ['fc1', '!layers.3/**']],
])('modules are one text or a list: %s', async (modules, patterns) => {
  const { settings } = await load(`${sound}modules: ${modules}\n`);
  expect(settings.modules).toEqual(patterns);
});

test('dtype and device are read; by default the model says, and it runs on the CPU', async () => {
  const { settings } = await load(`${sound}dtype: q4f16\ndevice: webgpu\n`);
  expect(settings).toMatchObject({ dtype: 'q4f16', device: 'webgpu' });
  const plain = (await load(sound)).settings;
  expect(plain).toMatchObject({ device: 'cpu' });
  expect([plain.modules, plain.dtype]).toEqual([undefined, undefined]);
});

test('the study that ships with the package is sound', async () => {
  const study = await loadStudy(join(PACKAGE_ROOT, 'bids-templates/studies/demo.yaml'));
  expect([...study.taskPrompts.keys()]).toHaveLength(6);
  expect(study.restPrompts.length).toBeGreaterThanOrEqual(240);
});

test.each([
  ['a wrong key', sound.replace('seed: 1', 'sede: 1'), 'line 5', "'sede'", 'seed'],
  ['a wrong nested key', sound.replace('cycles', 'cyles'), 'line 8', "'cyles'", 'cycles'],
  [
    'a wrong key of a task',
    sound.replace('    prompts', '    promps'),
    'line 13',
    "'promps'",
    'prompts',
  ],
  ['a wrong value', sound.replace('[off, on]', '[off, onn]'), 'line 7', '"onn"', 'on, off'],
  ['a wrong type', sound.replace('tokens: 2', 'tokens: many'), 'line 4', '"many"', 'number'],
  ['too small a value', sound.replace('tokens: 2', 'tokens: 0'), 'line 4', '0', 'at least 1'],
  [
    'a bad label',
    sound.replace('subject: one', 'subject: a_b'),
    'line 3',
    '"a_b"',
    'letters and digits',
  ],
  ['an unknown dtype', `${sound}dtype: q7\n`, 'line 14', '"q7"', 'fp16, q8'],
  ['an unknown device', `${sound}device: tpu\n`, 'line 14', '"tpu"', 'cpu, cuda, webgpu'],
  ['patterns of no text', `${sound}modules: [1]\n`, 'line 14', '[1]', 'list of them'],
  [
    'a pattern that YAML takes for a tag',
    `${sound}modules: [a, !b]\n`,
    'line 14',
    'modules.1 is ""',
    'in quotes',
  ],
  ['a missing key', sound.replace('seed: 1\n', ''), 'seed', 'nothing', 'number'],
])('%s is named with its line and what is allowed', async (_, text, line, value, allowed) => {
  const error = await load(text).catch((caught) => caught);
  expect(error).toMatchObject({ code: 'study/invalid' });
  expect(error.given).toContain(line);
  expect(error.given).toContain(value);
  expect(error.expected).toContain(allowed);
});

test('a missing prompt file is named with its line', async () => {
  const error = await load(sound.replace('[a.txt]', 'gone.txt')).catch((caught) => caught);
  expect(error).toMatchObject({ code: 'study/no-prompt-file' });
  expect(error.given).toContain('line 13');
  expect(error.given).toContain('gone.txt');
});

test.each([
  ['an empty prompt file', sound.replace('[a.txt]', 'empty.txt'), 'study/empty-prompt-file'],
  ['text that is no YAML', 'name: [', 'study/not-yaml'],
  ['an empty file', '', 'study/invalid'],
])('%s is refused', async (_, text, code) => {
  await expect(load(text)).rejects.toMatchObject({ code });
});

test('a study file that is not there is refused', async () => {
  await expect(loadStudy(join(folder, 'none.yaml'))).rejects.toMatchObject({
    code: 'study/unreadable',
  });
});

test.each([
  ['generate without tokens', sound.replace('tokens: 2\n', ''), 'at least 1'],
  ['read with tokens', sound.replace('tokens: 2', 'tokens: 2\nmode: read'), 'no tokens'],
])('%s is refused', async (_, text, allowed) => {
  const error = await load(text).catch((caught) => caught);
  expect(error).toMatchObject({ code: 'study/invalid' });
  expect(error.expected).toContain(allowed);
});

test('read takes its tokens from the texts', async () => {
  const study = await load(sound.replace('tokens: 2', 'mode: read'));
  expect(study.settings.mode).toBe('read');
  expect(study.settings.tokens).toBeUndefined();
});
