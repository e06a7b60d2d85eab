import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readHeader } from 'nifti-reader-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BidsName, parseName } from '../../src/bids/entities.js';
import { parseTsv, textColumn } from '../../src/files/tsv.js';
import { exportDataset } from '../../src/workflow/export.js';
import schema from '../fixtures/bids-schema.json' with { type: 'json' };
import { simulateRecording } from './simulate.js';

const DERIVATIVE = 'derivatives/boldbridge/';

let root: string;
let files: readonly string[];
beforeAll(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'bids-')), 'dataset');
  const recordings = [
    simulateRecording(),
    simulateRecording({ seed: 2, id: { subject: '02', session: 'a' } }),
    simulateRecording({ seed: 3, id: { subject: '02', session: 'a', task: 'other', run: 2 } }),
  ];
  ({ files } = await exportDataset({ recordings, dataset: root, force: false }));
});
afterAll(() => rm(dirname(root), { recursive: true }));

const text = (file: string) => readFile(join(root, file), 'utf8');
const json = async (file: string) => JSON.parse(await text(file));

interface Rule {
  readonly suffixes: readonly string[];
  readonly extensions: readonly string[];
  readonly datatypes: readonly string[];
  readonly entities: Readonly<Record<string, string>>;
}

/** The faults of a file's place and name under the schema's rules; none for a good name. */
function nameFaults(path: string, name: BidsName): string[] {
  const { entities, suffix, extension } = name;
  const rules: readonly Rule[] = Object.values(schema.files);
  const rule = rules.find(({ suffixes }) => suffixes.includes(suffix));
  if (!rule) return [`no rule for ${suffix}`];
  const needs = rule.entities;
  const formats: Record<string, string> = schema.entityFormats;
  const patterns: Record<string, string> = schema.formats;
  const keys = Object.keys(entities);
  const inherited = !path.includes('/'); // at the root, a file may name fewer entities
  const folder = basename(dirname(path));
  return [
    ...keys.filter((key) => !(key in needs)).map((key) => `${key} is not allowed`),
    ...Object.entries(needs)
      .filter(([key, need]) => need === 'required' && !inherited && !keys.includes(key))
      .map(([key]) => `${key} is missing`),
    ...keys
      .filter((key) => !new RegExp(`^${patterns[formats[key]]}$`).test(entities[key as 'sub']!))
      .map((key) => `${key} has a bad label`),
    ...(rule.extensions.includes(extension) ? [] : [`extension ${extension}`]),
    ...(inherited || rule.datatypes.length === 0 || rule.datatypes.includes(folder)
      ? []
      : [`folder ${folder}`]),
    ...(keys.join() === schema.entityOrder.filter((key) => keys.includes(key)).join()
      ? []
      : ['entities out of order']),
  ];
}

/** As git reads them: patterns without a slash match a file's name in any folder. */
const matches = (pattern: string, file: string) =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(basename(file));

test("every name follows BIDS's rules or is listed in .bidsignore", async () => {
  const ignored = (await text(`${DERIVATIVE}.bidsignore`)).trim().split('\n');
  const faults = files.flatMap((file) => {
    const inDerivative = file.startsWith(DERIVATIVE);
    const path = inDerivative ? file.slice(DERIVATIVE.length) : file;
    if (path in schema.rootFiles || path === '.bidsignore' || path.startsWith('stimuli/'))
      return [];
    if (inDerivative && ignored.some((pattern) => matches(pattern, file))) return [];
    if (path === 'sessions.json') return [];
    const name = parseName(basename(path));
    return (name ? nameFaults(path, name) : ['no BIDS name']).map((fault) => `${file}: ${fault}`);
  });
  expect(faults).toEqual([]);
  expect(files.length).toBeGreaterThan(30);
});

test('descriptions hold what is required, with a released version of BIDS', async () => {
  const { dataset_description, derivative_description } = schema.requiredFields;
  const raw = await json('dataset_description.json');
  const derivative = await json(`${DERIVATIVE}dataset_description.json`);
  expect(Object.keys(raw)).toEqual(expect.arrayContaining(dataset_description));
  expect(Object.keys(derivative)).toEqual(
    expect.arrayContaining([...dataset_description, ...derivative_description]),
  );
  expect([raw.DatasetType, derivative.DatasetType]).toEqual(['raw', 'derivative']);
  expect(schema.releasedVersions).toContain(raw.BIDSVersion);
  expect(raw.GeneratedBy[0].Version).toBe(
    JSON.parse(await readFile('package.json', 'utf8')).version,
  );
});

test('sidecars of series hold what is required and agree with the image', async () => {
  for (const file of files.filter((name) => name.endsWith('_bold.nii.gz'))) {
    const sidecar = await json(file.replace('.nii.gz', '.json'));
    expect(Object.keys(sidecar)).toEqual(expect.arrayContaining(schema.requiredFields.bold));
    const image = new Uint8Array(gunzipSync(await readFile(join(root, file)))).buffer;
    const header = readHeader(image);
    expect(header.dims[0]).toBe(4);
    expect(Math.abs(header.pixDims[4] - sidecar.RepetitionTime)).toBeLessThan(0.001);
  }
});

test('tables hold the columns required first, and every further column is described', async () => {
  const described: Record<string, (file: string) => string> = {
    events: (file) => `task-${/task-(\w+?)_/.exec(file)![1]}_events.json`,
    participants: () => 'participants.json',
    sessions: () => 'sessions.json',
    dseg: (file) => file.replace('.tsv', '.json'),
    timeseries: (file) => file.replace('.tsv', '.json'),
    table: (file) => file.replace('.tsv', '.json'),
  };
  const rules: Record<string, { required: string[]; initial: string[]; defined: string[] }> =
    schema.tables;
  for (const file of files.filter(
    (name) => name.endsWith('.tsv') && !name.startsWith('stimuli/'),
  )) {
    const kind = parseName(basename(file))!.suffix;
    const { required, initial, defined } = rules[kind] ?? {
      required: [],
      initial: [],
      defined: [],
    };
    const { columns, rows } = parseTsv(await text(file), file);
    expect(columns.slice(0, initial.length)).toEqual(initial);
    expect(columns).toEqual(expect.arrayContaining(required));
    const sidecar = await json(described[kind](file));
    const unknown = columns.filter((column) => !defined.includes(column) && !(column in sidecar));
    expect(unknown).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  }
});

test('stimulus files exist, prompts have their text there, onsets are sorted', async () => {
  const stimuli = await readdir(join(root, 'stimuli'));
  for (const file of files.filter((name) => name.endsWith('_events.tsv'))) {
    const table = parseTsv(await text(file), file);
    const [stimFile, ...others] = new Set(textColumn(table, 'stim_file', file));
    expect(others).toEqual([]);
    expect(stimuli).toContain(stimFile);
    const prompts = parseTsv(await text(`stimuli/${stimFile}`), stimFile);
    expect(textColumn(prompts, 'prompt', stimFile)).toEqual(
      expect.arrayContaining(textColumn(table, 'prompt', file)),
    );
    const onsets = textColumn(table, 'onset', file).map(Number);
    expect(onsets).toEqual(onsets.toSorted((a, b) => a - b));
  }
});

test('participants are the subject folders, and sources exist', async () => {
  const participants = parseTsv(await text('participants.tsv'), 'participants.tsv');
  const folders = (await readdir(root)).filter((name) => name.startsWith('sub-'));
  expect(textColumn(participants, 'participant_id', '').sort()).toEqual(folders.sort());
  const sidecars = files.filter((name) => /_(dseg|mask|table)\.json$/.test(name));
  expect(sidecars.length).toBe(9);
  for (const file of sidecars) {
    for (const source of (await json(file)).Sources) {
      expect(files).toContain(source.replace('bids:raw:', ''));
    }
  }
});
