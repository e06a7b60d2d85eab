import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportDataset } from '../../src/workflow/export.js';
import { simulateRecording } from './simulate.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'templates-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Exports with the given texts in a templates folder. */
async function exportWith(name: string, texts: Record<string, string>) {
  const templates = join(folder, `${name} #templates`);
  for (const [file, text] of Object.entries(texts)) {
    await mkdir(dirname(join(templates, file)), { recursive: true });
    await writeFile(join(templates, file), text);
  }
  const dataset = join(folder, name);
  const recordings = [simulateRecording(), simulateRecording({ id: { subject: '02' }, seed: 2 })];
  await exportDataset({ recordings, dataset, templates, force: false });
  const text = (file: string) => readFile(join(dataset, file), 'utf8');
  return { dataset, text, json: async (file: string) => JSON.parse(await text(file)) };
}

test('texts replace ours, keys of JSON are laid over ours, owners may add a licence', async () => {
  const { text, json } = await exportWith('own', {
    'README.md': 'Ours: {{tasks}}, {{subjects}} subjects, {{runs}} runs.\n',
    LICENSE: 'CC0\n',
    'dataset_description.json':
      '{ "Authors": ["A. Author"], "License": "CC0", "Name": "{{tasks}}" }',
    'participants.json': '{ "units": { "Description": "How many" } }',
    'derivative/README.md': 'Derived.\n',
    '.DS_Store': 'a hidden file',
  });
  expect(await text('README.md')).toBe('Ours: topics, 2 subjects, 2 runs.\n');
  expect(await text('LICENSE')).toBe('CC0\n');
  expect(await text('derivatives/boldbridge/README.md')).toBe('Derived.\n');
  expect(await json('dataset_description.json')).toMatchObject({
    Authors: ['A. Author'],
    License: 'CC0',
    Name: 'topics',
    DatasetType: 'raw',
    GeneratedBy: [{ Name: 'boldbridge' }],
  });
  const participants = await json('participants.json');
  expect(participants.units.Description).toBe('How many');
  expect(participants.species.Description).toContain('language models');
});

test('without a licence of the owner there is none', async () => {
  const { dataset } = await exportWith('none', { CHANGES: '2.0.0 2026-01-01\n  - Mine.\n' });
  expect(await readdir(dataset)).not.toContain('LICENSE');
  expect(await readFile(join(dataset, 'CHANGES'), 'utf8')).toContain('Mine');
});

test.each([
  ['an unknown file, with the nearest name', { README: 'x' }, 'file/unknown-template', 'README.md'],
  [
    'one below a known folder',
    { 'derivative/mask.jsn': '{}' },
    'file/unknown-template',
    'derivative/mask.json',
  ],
  ['a template of another command', { 'glm/README.md': 'x' }, 'file/unknown-template', 'README.md'],
  ['a value that is not known', { 'README.md': '{{tsaks}}' }, 'file/template-value', 'tasks'],
  ['JSON that is none', { 'events.json': '[1]' }, 'file/not-json', 'JSON object'],
])('%s is refused, and nothing is written', async (name, texts, code, hint) => {
  const written = exportWith(name, texts);
  await expect(written).rejects.toMatchObject({ code });
  await expect(written).rejects.toThrow(hint);
  expect(await readdir(folder)).not.toContain(name);
});

test('a folder that is not there is refused', async () => {
  const options = { recordings: [simulateRecording()], dataset: join(folder, 'x'), force: false };
  const written = exportDataset({ ...options, templates: join(folder, 'nowhere') });
  await expect(written).rejects.toMatchObject({ code: 'file/no-folder' });
});
