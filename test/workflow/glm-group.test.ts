import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { parseContrast } from '../../src/glm/contrast/contrast.js';
import { makeRandom } from '../../src/math/random.js';
import { permutePrompts } from '../../src/workflow/glm/fit/permute-prompts.js';
import { DEAD, groupDataset, KINDS, SESSIONS, SUBJECTS } from './group-dataset.js';
import { gauss } from './simulate.js';
import { captured } from './streams.js';

/** Groups and permutations by flags, against every rearrangement done by hand. */
let folder: string;
let made: Awaited<ReturnType<typeof groupDataset>>;
const out = (name: string, rest = '') => join(folder, name, rest);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-group-'));
  made = await groupDataset(folder);
});
afterAll(() => rm(folder, { recursive: true }));

async function glm(name: string, ...flags: string[]) {
  const streams = captured();
  const argv = ['glm', made.dataset, out(name), '--mask', made.mask, '--json', ...flags];
  const code = await main(argv, streams);
  const [text, errors] = [streams.output(), streams.errors()];
  return {
    summary: code === 0 ? JSON.parse(text) : null,
    error: code ? (JSON.parse(errors).error as { code: string; given: string }) : null,
  };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const square = (values: readonly number[]) => {
  const centre = mean(values);
  return values.reduce((sum, v) => sum + (v - centre) ** 2, 0);
};
const oneSample = (d: readonly number[]) =>
  mean(d) / Math.sqrt(square(d) / (d.length - 1) / d.length);
const twoSample = (a: readonly number[], b: readonly number[]) =>
  (mean(a) - mean(b)) /
  Math.sqrt(((square(a) + square(b)) / (a.length + b.length - 2)) * (1 / a.length + 1 / b.length));

/** All orders of 0..n-1. */
const orders = (n: number): number[][] =>
  n === 0
    ? [[]]
    : orders(n - 1).flatMap((order) =>
        Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
      );
const flips = (n: number) =>
  Array.from({ length: 2 ** n }, (_, k) =>
    Array.from({ length: n }, (_, i) => 1 - 2 * ((k >> i) & 1)),
  );

/** p of each unit corrected by the largest |t| of every rearrangement; the first is none. */
function corrected(rearranged: readonly (readonly number[])[]): number[] {
  const sizes = rearranged.map((t) => t.map(Math.abs));
  const maxima = sizes.map((t) => Math.max(...t));
  return sizes[0].map(
    (own) => maxima.filter((largest) => largest >= own * (1 - 1e-5)).length / maxima.length,
  );
}

/** Those that change in all subjects: the others are masked in the group. */
const units = Array.from({ length: DEAD }, (_, u) => u);
/** Effects of each subject, sessions together. */
const effects = (name: string) =>
  Promise.all(
    SUBJECTS.map((s) =>
      made.values(
        out(name, `sub-${s}/func/sub-${s}_task-x_contrast-law_stat-effect_statmap.nii.gz`),
      ),
    ),
  );
const sessionEffects = (name: string, session: string) =>
  Promise.all(
    SUBJECTS.map((s) => {
      const file = `sub-${s}_ses-${session}_task-x_contrast-law_stat-effect_statmap.nii.gz`;
      return made.values(out(name, `sub-${s}/ses-${session}/func/${file}`));
    }),
  );
const groupMap = (name: string, contrast: string, stat: string) =>
  made.values(out(name, `group/task-x_contrast-${contrast}_stat-${stat}_statmap.nii.gz`));
const grouped = async (name: string, contrast: string, stat: string) =>
  (await groupMap(name, contrast, stat)).slice(0, DEAD);

function expectClose(own: readonly number[], expected: readonly number[], tolerance: number) {
  own.forEach((value, u) => {
    expect(Math.abs(value - expected[u])).toBeLessThan(tolerance * (1 + Math.abs(expected[u])));
  });
}

/** Volumes by themselves: only subjects are rearranged, which is quick. */
const RULE = ['--threshold', 'permutation', '--permutations', '4000'];
const QUICK = [
  ...RULE,
  '--inference',
  'volumes',
  '--noise',
  'ols',
  '--hrf',
  'none',
  '--drift',
  'none',
];

test('one sample: t and p are those of all sign flips, by hand; the network is what p chooses', async () => {
  const flags = ['--group', 'one-sample', ...QUICK, '--alpha', '0.1'];
  const { summary } = await glm('one', ...flags);
  const own = await effects('one');
  const byUnit = (signs: readonly number[]) =>
    units.map((u) => oneSample(own.map((effect, s) => signs[s] * effect[u])));
  const all = flips(SUBJECTS.length).map(byUnit);
  expectClose(await grouped('one', 'law', 't'), all[0], 1e-4);
  const p = corrected(all);
  expectClose(await grouped('one', 'law', 'pfwe'), p, 1e-6);
  expect(p[0]).toBe(2 / 32);
  const dead = ['t', 'pfwe', 'dof'].map(async (stat) => (await groupMap('one', 'law', stat))[DEAD]);
  expect(await Promise.all(dead)).toEqual([0, 1, 0]);
  const network = summary.networks.find(({ subject }: { subject: string }) => subject === 'group');
  expect(network).toMatchObject({ active: p.filter((v) => v <= 0.1).length, positive: 1 });
  const file = out('one', 'group/task-x_contrast-law_stat-pfwe_statmap.json');
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    Permutations: 31,
    Exact: true,
    Seed: 0,
    Scheme: 'sign-flips of subjects',
    Subjects: SUBJECTS,
  });
});

test('two samples: t and p are those of all shuffles, by hand', async () => {
  await glm('two', '--group', 'two-sample:kind', ...QUICK);
  const own = await effects('two');
  const byUnit = (order: readonly number[]) =>
    units.map((u) => {
      const of = (kind: string) =>
        SUBJECTS.flatMap((_, s) => (KINDS[s] === kind ? [own[order[s]][u]] : []));
      return twoSample(of('large'), of('small'));
    });
  const identity = SUBJECTS.map((_, s) => s);
  const all = [identity, ...orders(5).filter((order) => order.some((v, i) => v !== i))].map(byUnit);
  expectClose(await grouped('two', 'law+largeMinusSmall', 't'), all[0], 1e-4);
  expectClose(await grouped('two', 'law+largeMinusSmall', 'pfwe'), corrected(all), 1e-6);
});

test.each([
  ['session', 'law+postMinusPre', 1],
  ['steps', 'law+0Minus9', -1],
])('paired by %s: t and p are those of all swaps, by hand', async (column, contrast, sign) => {
  const name = `paired-${column}`;
  const { summary } = await glm(name, '--group', `paired:${column}`, ...QUICK);
  expect(summary.warnings.join()).toMatch(/law\S*: 31 rearrangements of maps.*0\.0625.*0\.05/);
  const [post, pre] = await Promise.all(SESSIONS.map((session) => sessionEffects(name, session)));
  const all = flips(SUBJECTS.length).map((signs) =>
    units.map((u) => sign * oneSample(post.map((own, s) => signs[s] * (own[u] - pre[s][u])))),
  );
  expectClose(await grouped(name, contrast, 't'), all[0], 1e-4);
  expectClose(await grouped(name, contrast, 'pfwe'), corrected(all), 1e-6);
});

/** Every file of an output but those that name the command. */
async function maps(name: string): Promise<Map<string, Buffer>> {
  const files = await readdir(out(name), { recursive: true });
  const kept = files.filter((file) => /\.(nii\.gz|tsv|svg)$/.test(file) || /smdl/.test(file));
  return new Map(
    await Promise.all(kept.sort().map(async (f) => [f, await readFile(out(name, f))] as const)),
  );
}

test.each([
  [
    'two-sample:kind',
    ['--participant-label', '01', '--participant-label', '02', '--participant-label', '03'],
  ],
  [
    'paired:session',
    ['--participant-label', '01', '--participant-label', '04', '--inference', 'volumes'],
  ],
])('the model written for %s makes the same files again, byte for byte', async (group, more) => {
  const rule = ['--threshold', 'permutation', '--alpha', '0.2'];
  const flags = ['--group', group, '--permutations', '20', '--seed', '7'];
  expect((await glm('flags', '--force', ...flags, ...rule, ...more)).error).toBe(null);
  const chosen = more.filter((_, i) => more[i - (i % 2)] === '--participant-label');
  const model = ['--model', out('flags', 'model_smdl.json'), ...chosen];
  expect((await glm('model', '--force', ...model, ...rule)).error).toBe(null);
  const [own, again] = [await maps('flags'), await maps('model')];
  expect([...own.keys()].some((file) => file.includes('pfwe'))).toBe(true);
  expect([...again.keys()]).toEqual([...own.keys()]);
  for (const [file, bytes] of own) expect(again.get(file)?.equals(bytes), file).toBe(true);
});

test('an F test of one contrast in a mixed model is its t squared, with its dof', async () => {
  const flags = ['--inference', 'mixed', '--participant-label', '01'];
  await glm('mixed', ...flags, '--contrast', 'law', '--f-contrast', 'one = law');
  const file = 'sub-01/ses-pre/func/sub-01_ses-pre_task-x_contrast';
  const of = (rest: string) => made.values(out('mixed', `${file}-${rest}_statmap.nii.gz`));
  const [t, F, ofT, ofF] = await Promise.all(
    ['law_stat-t', 'one_stat-F', 'law_stat-dof', 'one_stat-dof'].map(of),
  );
  expectClose(
    F,
    t.map((v) => v * v),
    1e-5,
  );
  expectClose(ofF, ofT, 1e-6);
});

describe('prompts of one subject', () => {
  test('p is that of all relabellings within the run, by hand', async () => {
    const { summary } = await glm('prompts', ...RULE, '--participant-label', '01');
    const [s, ses] = [SUBJECTS[0], SESSIONS[0]];
    const file = `sub-${s}/ses-${ses}/func/sub-${s}_ses-${ses}_task-x_contrast-law`;
    const t = await made.values(out('prompts', `${file}_stat-t_statmap.nii.gz`));
    const p = await made.values(out('prompts', `${file}_stat-pfwe_statmap.nii.gz`));
    // Six ways to choose which two of four prompts are law; opposite ones have one |t|.
    expect([...new Set(p.map((v) => Math.round(v * 6)))].every((v) => v >= 2 && v <= 6)).toBe(true);
    expectClose(
      p.map((v) => (v * 6) % 1),
      p.map(() => 0),
      1e-5,
    );
    expect(Math.min(...p)).toBeCloseTo(p[0], 6);
    expect(t[0]).toBeGreaterThan(2);
    expect(summary.networks).toHaveLength(SESSIONS.length);
  });

  test('of two runs is one model, one effect and a constant a run, shuffled within runs', async () => {
    const random = makeRandom(11);
    const on = [1, 0, 1, 0];
    const runs = [0, 1].map((r) => {
      const values = Float64Array.from(on.flatMap((v) => [v, 1])); // [prompts, columns]
      const rows = on.map((v) =>
        Float64Array.from({ length: 5 }, (_, u) => gauss(random) + 100 * r + (u === 2 ? 3 * v : 0)),
      );
      const design = { names: ['on', 'constant'], rows: 4, values };
      const contrasts = [parseContrast('on', design.names)];
      return { rows, design, ofEvents: ['on'], contrasts, masked: Int32Array.of(4) };
    });
    const found = await permutePrompts(runs, 'on', { count: 600, seed: 0 });
    expect([found.permutations, found.exact, found.dof]).toEqual([575, true, 5]);
    const t = (choice: readonly (readonly number[])[]) =>
      [0, 1, 2, 3].map((u) => {
        const parts = runs.flatMap(({ rows }, r) => {
          const y = choice[r].map((i) => rows[i][u]);
          const [a, b] = [
            [y[0], y[2]],
            [y[1], y[3]],
          ];
          return [{ effect: mean(a) - mean(b), total: square(y) }];
        });
        const effect = mean(parts.map((part) => part.effect));
        const rest = parts.reduce((sum, part) => sum + part.total, 0) - 2 * effect ** 2;
        return effect / Math.sqrt(rest / 5 / 2);
      });
    const all = orders(4);
    const first = [0, 1, 2, 3];
    const pairs = all.flatMap((a) => all.map((b) => [a, b]));
    const others = pairs.filter((pair) => pair.some((order) => order.some((v, i) => v !== i)));
    const rearranged = [[first, first], ...others].map(t);
    expectClose([...found.t].slice(0, 4), rearranged[0], 1e-9);
    expectClose([...found.pFwe].slice(0, 4), corrected(rearranged), 1e-9);
    expect([found.t[4], found.pFwe[4]]).toEqual([0, 1]);
  });
});

test.each([
  ['design/permutations-of-volumes', ['--inference', 'volumes', '--permutations', '10']],
  ['design/permutations-of-volumes', ['--inference', 'mixed', '--threshold', 'permutation']],
  ['design/seed', ['--seed', '3']],
  ['file/missing-column', ['--group', 'two-sample:colour']],
  ['design/group-levels', ['--group', 'two-sample:age']],
  ['design/group-levels', ['--group', 'paired:task']],
  ['file/missing-column', ['--group', 'paired:colour']],
])('%s: %s', async (code, flags) => {
  expect((await glm('refusal', ...flags)).error?.code).toBe(code);
});

test('a threshold by permutation needs permutations in a model that is given', async () => {
  const file = join(folder, 'plain_smdl.json');
  await glm('plain', '--participant-label', '01');
  await writeFile(file, await readFile(out('plain', 'model_smdl.json')));
  const flags = ['--model', file, '--threshold', 'permutation'];
  expect((await glm('refusal', ...flags)).error?.code).toBe('design/no-permutations');
  const both = await glm('refusal', '--model', file, '--group', 'one-sample');
  expect(both.error).toMatchObject({
    code: 'design/model-and-flags',
    given: expect.stringContaining('--group'),
  });
});
