import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/cli.js';
import { openRecording } from '../src/recording/read.js';
import { openPhantom } from './model/phantom.js';
import { writeSmallStudy } from './workflow/small-study.js';
import { captured } from './workflow/streams.js';

async function run(...argv: string[]) {
  const streams = captured();
  const code = await main(argv, streams);
  return { code, output: streams.output(), errors: streams.errors() };
}

describe('boldbridge inspect', () => {
  test('lists the modules that a recording would hold', async () => {
    const { code, output } = await run('inspect', 'phantom', '--json');
    expect(code).toBe(0);
    const { model, modules, totals } = JSON.parse(output);
    const phantom = await openPhantom();
    await phantom.loaded.release();
    const { id, revision, dtype, sha256 } = phantom.source;
    expect(model).toMatchObject({ id, revision, dtype, sha256 });
    expect(modules).toEqual(
      phantom.modules.map(({ path, depth, kind, width, firstUnit }) => ({
        path,
        depth,
        kind,
        width,
        firstUnit,
      })),
    );
    const units = phantom.modules.reduce((sum, { width }) => sum + width, 0);
    expect(totals).toEqual({ modules: modules.length, units, bytesPerVolume: 4 * units });
  });

  test('as a table, with totals', async () => {
    const patterns = 'layers.*/fc1,layers.*/residual,!layers.3/**';
    const { code, output, errors } = await run('inspect', 'phantom', '--modules', patterns);
    expect([code, errors]).toEqual([0, '']);
    const rows = output.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows[0]).toEqual(['module', 'layer', 'kind', 'width', 'first unit']);
    expect(
      rows.slice(1, 7).map(([path, ...rest]) => [path.replace(/.*layers/, ''), ...rest]),
    ).toEqual(
      [0, 1, 2].flatMap((layer) => {
        const first = layer * 640;
        const at = (unit: number) => unit.toLocaleString('en-GB');
        return [
          [`.${layer}/fc1`, String(layer), 'output', '512', at(first)],
          [`.${layer}`, String(layer), 'residual', '128', at(first + 512)],
        ];
      }),
    );
    expect(rows.slice(8, 12)).toEqual([
      ['model', 'phantom (local, fp32)'],
      ['modules', '6'],
      ['units', '1,920'],
      ['bytes per volume', '7,680'],
    ]);
  });

  test.each([
    [
      'a pattern that matches nothing',
      ['phantom', '--modules', 'layers.*/fcc1'],
      'model/unknown-module',
      /layers\.0\/fc1/,
    ],
    [
      'a dtype the model lacks',
      ['phantom', '--dtype', 'q4'],
      'model/no-dtype',
      /fp32 \(onnx\/model\.onnx\)/,
    ],
    ['an unknown model', ['galactica'], 'model/unknown', /phantom/],
  ])('%s: exit code 2, and what there is', async (_, argv, code, expected) => {
    const { code: exit, output, errors } = await run('inspect', ...argv, '--json');
    expect([exit, output]).toEqual([2, '']);
    expect(JSON.parse(errors).error).toMatchObject({
      code,
      expected: expect.stringMatching(expected),
    });
  });

  test.each([[['phantom', '--dtype', 'q7']], [['phantom', '--device', 'tpu']], [[]]])(
    'a command line that cannot be understood: %s',
    async (argv) => {
      const { code, output, errors } = await run('inspect', ...argv);
      expect([code, output]).toEqual([2, '']);
      expect(errors).toMatch(/^error: /);
    },
  );

  test('--help shows an example', async () => {
    const { code, output } = await run('inspect', '--help');
    expect(code).toBe(0);
    expect(output).toContain('Example:\n  boldbridge inspect ');
  });
});

describe('boldbridge record of chosen modules', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function record(name: string, modules: Record<string, string>, flags: readonly string[]) {
    const study = await writeSmallStudy(folder, { ...modules, repeats: '1' });
    const out = join(folder, name);
    const { code, errors } = await run('record', study, '--out', out, '--quiet', ...flags);
    expect([code, errors]).toEqual([0, '']);
    const { series, ...recording } = await openRecording(join(out, 'phantom', 'pathology_run-1'));
    const rows: number[][] = []; // [volumes, units]
    for await (const { values, volumes } of series.blocks()) {
      for (let v = 0; v < volumes; v++) {
        rows.push([...values.subarray(v * series.units, (v + 1) * series.units)]);
      }
    }
    return { ...recording, rows };
  }

  test('holds what inspect showed, as the study or the flag says, with the values of a whole one', async () => {
    const patterns = 'layers.*/fc1,!layers.3/**';
    const whole = await record('whole', {}, []);
    const chosen = await record('chosen', { modules: `'${patterns}'` }, []);
    const flagged = await record('flagged', { modules: 'embed_positions' }, [
      '--modules',
      patterns,
    ]);
    const shown = await run('inspect', 'phantom', '--modules', patterns, '--json');
    expect(chosen.modules).toMatchObject(JSON.parse(shown.output).modules);
    expect(chosen.modules).toHaveLength(3);
    expect([flagged.modules, flagged.rows]).toEqual([chosen.modules, chosen.rows]);
    for (const { path, width, firstUnit } of chosen.modules) {
      const from = whole.modules.find((module) => module.path === path)!.firstUnit;
      expect(chosen.rows.map((row) => row.slice(firstUnit, firstUnit + width))).toEqual(
        whole.rows.map((row) => row.slice(from, from + width)),
      );
    }
  });

  test('refuses a pattern that matches nothing, and leaves nothing', async () => {
    const study = await writeSmallStudy(folder, { modules: 'layers.*/fcc1' });
    const { code, errors } = await run('record', study, '--out', join(folder, 'none'), '--json');
    expect([code, JSON.parse(errors).error.code]).toEqual([2, 'model/unknown-module']);
  });
});
