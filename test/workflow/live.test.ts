import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { PACKAGE_ROOT } from '../../src/files/versions.js';
import { writeSmallStudy } from './small-study.js';
import { captured } from './streams.js';

/** This model's batches are of prompts of equal length: runs are scanned out of order. */
const model = join(PACKAGE_ROOT, 'test', 'fixtures', 'models', 'llama-genai');
const WORDS = 'rock bone leaf vote coin lamp'.split(' ');
const lines = (kind: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${kind} ${WORDS.slice(0, 1 + (i % 3)).join(' ')} ${i}`);

let folder: string;
let study: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-live-'));
  await writeFile(at('rest.txt'), lines('r', 16).join('\n'));
  await writeFile(at('one.txt'), lines('o', 8).join('\n'));
  await writeFile(at('two.txt'), lines('t', 8).join('\n'));
  study = await writeSmallStudy(folder, {
    model,
    blocks: '{ pattern: [off, on], cycles: 2, prompts: { on: 2, off: 2 } }',
    rest: 'rest.txt',
    tasks: '{ zebra: { prompts: one.txt }, ape: { prompts: two.txt } }',
  });
  expect(await run('record', study, '--out', at('recordings'))).toBe(null);
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command; the refusal it ends with, if any. */
async function run(...argv: string[]) {
  const streams = captured();
  const code = await main([...argv, '--json'], streams);
  return code === 0 ? null : JSON.parse(streams.errors()).error;
}

const refused = (code: string) => expect.objectContaining({ code });

const files = async (root: string) =>
  (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

/** What a file says, but for the command that made it. */
async function contents(path: string): Promise<unknown> {
  const bytes = await readFile(path);
  if (!path.endsWith('.json')) return bytes.toString('latin1');
  const { Command: _, GeneratedBy: __, ...rest } = JSON.parse(bytes.toString());
  return rest;
}

/** Both folders hold the same files, byte for byte; README.md names the command. */
async function expectSame(live: string, offline: string) {
  const own = (await files(live)).filter((file) => !file.startsWith('sourcedata'));
  expect(own).toEqual(await files(offline));
  expect(own.filter((file) => file.endsWith('_statmap.nii.gz')).length).toBeGreaterThan(9);
  for (const file of own.filter((name) => name !== 'README.md')) {
    const [a, b] = await Promise.all([contents(join(live, file)), contents(join(offline, file))]);
    expect(a, file).toEqual(b);
  }
}

const statsModel = (software: Record<string, string | number>, ...x: string[]) => ({
  Name: 'live',
  BIDSModelVersion: '1.0.0',
  Nodes: [
    {
      Level: 'Run',
      Name: 'run',
      GroupBy: ['task', 'run', 'subject'],
      Transformations: {
        Transformer: 'pybids-transforms-v1',
        Instructions: [
          { Name: 'Filter', Input: ['trial_type'], Query: "trial_type != 'rest'" },
          { Name: 'Factor', Input: ['trial_type'] },
        ],
      },
      Model: { Type: 'glm', X: ['trial_type.*', ...x, 1], Software: { boldbridge: software } },
      DummyContrasts: { Test: 't', Contrasts: ['trial_type.*'] },
    },
    {
      Level: 'Subject',
      Name: 'subject',
      GroupBy: ['task', 'subject', 'contrast'],
      Model: { Type: 'meta', X: [1] },
      DummyContrasts: { Test: 't' },
    },
  ],
});

async function modelFile(name: string, ...of: Parameters<typeof statsModel>): Promise<string> {
  await writeFile(at(`${name}_smdl.json`), JSON.stringify(statsModel(...of)));
  return at(`${name}_smdl.json`);
}

describe('maps of record --live-glm are those of record and glm, byte for byte', () => {
  test('prompt means, with recordings that are those of record alone', async () => {
    const root = at('kept');
    expect(await run('record', study, '--out', root, '--live-glm', 'default')).toBe(null);
    expect(await run('glm', at('recordings'), at('default'))).toBe(null);
    await expectSame(join(root, 'derivatives', 'boldbridge-glm'), at('default'));
    const recorded = await files(at('recordings'));
    expect((await files(root)).filter((file) => !file.startsWith('deriv'))).toEqual(recorded);
    for (const file of recorded)
      expect(await contents(join(root, file))).toEqual(await contents(at('recordings', file)));
    expect(await run('glm', root, at('again'))).toBe(null);
  });

  test.each([
    ['mixed', { inference: 'mixed' }, []],
    ['mixed-tokens', { inference: 'mixed' }, ['position']],
    ['cluster', { inference: 'cluster' }, []],
    ['cluster-tokens', { inference: 'cluster' }, ['context_position']],
    ['ols', { inference: 'volumes', noise: 'ols' }, ['first_token', 'position']],
    ['ar1', { inference: 'volumes', noise: 'ar1' }, []],
  ])('%s, without keeping activations', async (name, software, x) => {
    const file = await modelFile(name, software, ...x);
    const live = ['--live-glm', file, '--no-save', '--glm-out', at(`live-${name}`)];
    expect(await run('record', study, '--out', at('none'), ...live)).toBe(null);
    expect(await run('glm', at('recordings'), at(name), '--model', file)).toBe(null);
    await expectSame(at(`live-${name}`), at(name));
  });

  test.each([
    ['ols', {}],
    ['ar1', {}],
    ['ar2', {}],
    ['ols', { driftOrder: 3 }],
    ['ar1', { driftOrder: 2 }],
    ['ar2', { driftOrder: 1 }],
  ])('%s on volumes, with %o, from their sums by prompt', async (noise, drift) => {
    const name = `long-${noise}-${Object.keys(drift)}`;
    const text = await readFile(study, 'utf8');
    await writeFile(at('long.yaml'), text.replace('tokens: 3', 'tokens: 13'));
    const recordings = at(name);
    const file = await modelFile(name, { inference: 'volumes', noise, ...drift });
    const live = ['--live-glm', file, '--glm-out', at(`live-${name}`)];
    expect(await run('record', at('long.yaml'), '--out', recordings, ...live)).toBe(null);
    expect(await run('glm', recordings, at(`glm-${name}`), '--model', file)).toBe(null);
    await expectSame(at(`live-${name}`), at(`glm-${name}`));
  });

  test('texts that are read, of unequal length', async () => {
    const text = await readFile(study, 'utf8');
    const reading = at('reading.yaml');
    await writeFile(reading, text.replace('tokens: 3', 'mode: read'));
    const file = await modelFile('read', { inference: 'cluster' }, 'context_position');
    expect(await run('record', reading, '--out', at('read'), '--live-glm', file)).toBe(null);
    expect(await run('glm', at('read'), at('read-glm'), '--model', file)).toBe(null);
    await expectSame(at('read', 'derivatives', 'boldbridge-glm'), at('read-glm'));
  });

  test('where runs that are there are read and the others recorded', async () => {
    const root = at('kept');
    await rm(join(root, 'phantom', 'ape_run-2'), { recursive: true });
    await rm(join(root, 'phantom', 'zebra_run-1'), { recursive: true });
    const resume = ['record', study, '--out', root, '--resume', '--live-glm', 'default'];
    expect(await run(...resume)).toEqual(refused('output/exists'));
    expect(await run(...resume, '--glm-out', at('resumed'))).toBe(null);
    await expectSame(at('resumed'), at('default'));
  });
});

test('with --no-save no activations are left, and the tables are the recordings’', async () => {
  const all = await files(at('live-ar1'));
  expect(all.filter((file) => /npy|\.rows/.test(file))).toEqual([]);
  expect((await readdir(folder)).includes('none')).toBe(false);
  const tables = all.filter((file) => /^sourcedata.*tsv$/.test(file));
  expect(tables.length).toBe(4 * 3);
  for (const file of tables)
    expect(await contents(at('live-ar1', file))).toEqual(
      await contents(at('recordings', file.slice('sourcedata/'.length))),
    );
});

describe('refusals', () => {
  const live = (...flags: string[]) => run('record', study, '--out', at('none'), ...flags);

  test('what cannot be fitted live is said before anything is recorded', async () => {
    const arma = await modelFile('arma', { inference: 'volumes', noise: 'arma' });
    expect(await live('--live-glm', arma)).toEqual(refused('design/live-noise'));
    const surprisal = await modelFile('surprisal', {}, 'surprisal');
    expect(await live('--live-glm', surprisal)).toEqual(refused('design/live-confound'));
    const unknown = await modelFile('unknown', {}, 'speed');
    expect(await live('--live-glm', unknown)).toEqual(refused('file/missing-column'));
    // Two tokens a prompt: one of these columns is 1 less the other.
    const both = await modelFile('both', { inference: 'volumes' }, 'first_token', 'position');
    const text = await readFile(study, 'utf8');
    await writeFile(at('two.yaml'), text.replace('tokens: 3', 'tokens: 2'));
    const two = ['record', at('two.yaml'), '--out', at('none'), '--live-glm', both];
    expect(await run(...two)).toEqual(refused('design/rank-deficient'));
    expect(await readdir(folder)).not.toContain('none');
  });

  test('flags that do not go together', async () => {
    expect(await live('--no-save')).toEqual(refused('output/without-live-glm'));
    expect(await live('--glm-out', at('x'))).toEqual(refused('output/without-live-glm'));
    const flags = ['--live-glm', 'default', '--no-save', '--resume'];
    expect(await live(...flags)).toEqual(refused('output/no-save-resume'));
  });

  test('a recording that fails leaves nothing under a final name', async () => {
    await writeFile(
      at('two.txt'),
      lines('t', 8)
        .map((line) => line.repeat(20))
        .join('\n'),
    );
    const text = await readFile(study, 'utf8');
    // Runs are fitted in the order of their names: the third fails.
    await writeFile(at('long.yaml'), text.replace('ape:', 'zoo:'));
    for (const flags of [[], ['--no-save']]) {
      const root = at(`failed${flags.join('')}`);
      const failed = await run(
        'record',
        at('long.yaml'),
        '--out',
        root,
        '--live-glm',
        'default',
        ...flags,
      );
      expect(failed).toEqual(refused('model/prompt-too-long'));
      const left = (await files(root)).filter((file) => !/^phantom.zebra_run-[12]/.test(file));
      expect(left).toEqual([]);
    }
  });
});
