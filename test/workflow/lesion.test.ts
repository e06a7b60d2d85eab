import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { writeSmallStudy } from './small-study.js';
import { captured } from './streams.js';

let folder: string;
let recordings: string;
let texts: string;

async function command(...argv: string[]) {
  const streams = captured();
  const code = await main([...argv, '--json'], streams);
  const [output, errors] = [streams.output(), streams.errors()];
  return code === 0
    ? { code, summary: JSON.parse(output), error: '' }
    : { code, summary: null, error: /^{/.test(errors) ? JSON.parse(errors).error.code : errors };
}

const lesion = (out: string, ...flags: string[]) =>
  command('lesion', recordings, join(folder, out), '--texts', texts, '--controls', '2', ...flags);

const generate = (...flags: string[]) =>
  command('generate', recordings, '--prompt', 'The old', '--tokens', '5', ...TOP, ...flags);

const TOP = ['--threshold', 'top', '--top', '5'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-lesion-'));
  recordings = join(folder, 'recordings');
  texts = join(folder, 'texts');
  const study = await writeSmallStudy(folder, { modules: '["layers.*/fc1"]', repeats: '1' });
  expect((await command('record', study, '--out', recordings)).code).toBe(0);
  expect((await command('glm', recordings)).code).toBe(0);
  await mkdir(texts);
  await writeFile(join(texts, 'Pathology.txt'), 'The tumor had spread to the lung.\nA biopsy.\n');
  await writeFile(join(texts, 'cooking.txt'), 'Stir the soup until it is hot.\n');
});
afterAll(() => rm(folder, { recursive: true }));

describe('lesion', () => {
  test('units multiplied by 1 change nothing, to the last bit', async () => {
    const { summary } = await lesion('one', '--scale', '1', ...TOP);
    expect(summary.rows).toHaveLength(4);
    for (const row of summary.rows) {
      expect(row).toMatchObject({ observed: 0, controlMean: 0, controlSd: 0, p: 1 });
    }
  });

  test('silenced units change log-probabilities; the own domain is the one of the same name', async () => {
    const { summary } = await lesion('zero', '--network', 'pathology', ...TOP);
    const own = summary.rows.find((row: { isOwn: boolean }) => row.isOwn);
    expect(own).toMatchObject({ task: 'pathology', domain: 'Pathology', texts: 2 });
    expect(own.units).toBe(102); // 5 % of 2,048
    expect(own.observed).not.toBe(0);
    expect(own.intact).toBeLessThan(0);
    expect(summary.selectivity).toMatchObject([{ task: 'pathology', domains: 2 }]);
    const table = await readFile(join(folder, 'zero', 'lesion.tsv'), 'utf8');
    expect(table.split('\n')).toHaveLength(4);
    const again = await lesion('again', '--network', 'pathology', ...TOP);
    expect(again.summary.rows).toEqual(summary.rows);
  });

  test('units held at their mean are another thing than silence', async () => {
    const [zero, held] = await Promise.all([
      lesion('z', '--network', 'pathology', ...TOP),
      lesion('m', '--network', 'pathology', '--mode', 'mean', ...TOP),
    ]);
    expect(held.summary.rows[0].observed).not.toBe(zero.summary.rows[0].observed);
  });

  test.each([
    ['an unknown network', ['--network', 'cooking'], 'data/no-network'],
    ['texts that are not there', ['--texts', 'nowhere'], 'file/no-texts'],
    ['another model', ['--model', 'no-such-model'], 'model/unknown'],
  ])('%s is refused and nothing is left', async (_, flags, expected) => {
    const { code, error } = await lesion('no', ...TOP, ...flags);
    expect([code, error]).toEqual([2, expected]);
    await expect(readFile(join(folder, 'no', 'lesion.tsv'))).rejects.toThrow('ENOENT');
  });
});

describe('generate', () => {
  test('a network multiplied by 1 leaves every word; by 0 it does not', async () => {
    const one = await generate('--modulate', 'pathology=1');
    const [same] = one.summary.continuations;
    expect(same.modulated).toBe(same.plain);
    expect(one.summary.modulations[0].units).toBe(102);
    const none = await generate('--modulate', 'pathology=0', '--modulate', 'archeology=0');
    const [other] = none.summary.continuations;
    expect(other.plain).toBe(same.plain);
    expect(other.modulatedLogProbability).not.toBe(other.plainLogProbability);
  });

  test('a modulation that is none is refused', async () => {
    const nothing = await generate('--modulate', 'pathology');
    expect(nothing.code).toBe(2);
    expect(nothing.error).toContain('Expected NETWORK=SCALE');
    expect((await generate('--modulate', 'soup=2')).error).toBe('data/no-network');
  });
});
