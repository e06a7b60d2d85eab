import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../../src/core/event.js';
import type { HandoffRun } from '../../../src/core/handoff.js';
import { afni } from '../../../src/tools/afni/afni.js';
import { type Changes, contrastOf, makeRun, makeStudy, textOf } from '../study.js';
import { commandOf, evaluated, option, readColumns, readSymbols, readTimes } from './formats.js';

/** What 3dDeconvolve is told of a condition. */
function told(runs: readonly HandoffRun[], label: string) {
  const files = afni.write(makeStudy(runs, { design: 'native' }));
  const name = runs.length > 1 ? runs[0].group : runs[0].name;
  const words = commandOf(textOf(files, 'run.sh'), '3dDeconvolve', name);
  const [k] = option(words, '-stim_label', 2).find(([, own]) => own === label)!;
  for (const kind of ['-stim_times', '-stim_times_AM1']) {
    const found = option(words, kind, 3).find(([number]) => number === k);
    if (found) return { words, kind, model: found[2], times: readTimes(textOf(files, found[1])) };
  }
  throw new Error(`no times of ${label}`);
}

const column = ({ design: { names, rows, values } }: HandoffRun, name: string) =>
  Array.from({ length: rows }, (_, r) => values[r * names.length + names.indexOf(name)]);

test('boxcars: AFNI, which looks at the start of volumes, finds our column', () => {
  for (const sliceTimeRef of [0.5, 0]) {
    const run = makeRun({ sliceTimeRef });
    const { kind, model, times, words } = told([run], 'law');
    expect(kind).toBe('-stim_times');
    expect(words).toContain('-local_times');
    expect(option(words, '-polort')).toEqual([['0']]);
    expect(evaluated(model, times, { ...run, volumes: [24] })).toEqual(column(run, 'law'));
  }
});

test('boxcars of several lengths are one event a volume, with their heights', () => {
  const events: Event[] = [
    { onset: 2, duration: 3, trialType: 'law' },
    { onset: 8, duration: 1, trialType: 'law', modulation: 2 },
    { onset: 12.25, duration: 2.5, trialType: 'law', modulation: -1 },
  ];
  const run = makeRun({ events });
  const { kind, model, times } = told([run], 'law');
  expect(kind).toBe('-stim_times_AM1');
  expect(evaluated(model, times, { ...run, volumes: [24] })).toEqual(column(run, 'law'));
});

test('a line a run, in seconds from its start; a star where it has no event', () => {
  const one = makeRun({ name: 'sub-01_task-x_run-1' });
  const events = [{ onset: 3, duration: 1, trialType: 'law' }];
  const contrasts = one.contrasts.t;
  const two = {
    ...makeRun({ name: 'sub-01_task-x_run-2', events }),
    contrasts: { t: contrasts, f: [] },
  };
  expect(told([one, two], 'cooking').times[1]).toEqual([]);
  expect(told([one, two], 'law').times.map((own) => own.length)).toEqual([6, 1]);
});

const hrf = (own: Changes) => makeRun({ volumes: 60, hrf: 'glover', ...own });
const long = (durations: readonly number[]): Event[] =>
  durations.map((duration, k) => ({ onset: 12 * k, duration, trialType: 'law' }));

test("responses are AFNI's: BLOCK, dmBLOCK, SPMG, GAM", () => {
  const same = long([6, 6, 6]);
  expect(told([hrf({ events: same })], 'law').model).toBe('BLOCK(6,1)');
  expect(told([hrf({ events: same, hrf: 'spm' })], 'law').model).toBe('SPMG1(6)');
  expect(told([hrf({ events: long([0, 0, 0]) })], 'law').model).toBe('GAM');
  const { kind, model, times } = told([hrf({ events: long([2, 6, 4]) })], 'law');
  expect([kind, model]).toEqual(['-stim_times_AM1', 'dmBLOCK(1)']);
  expect(times[0].map(({ duration }) => duration)).toEqual([2, 6, 4]);
});

test('a contrast of a condition with derivatives is of its first column', () => {
  const contrasts = [contrastOf('law', { law: 1 }), contrastOf('late', { law_derivative: 2 })];
  const { model, words } = told(
    [hrf({ events: long([6, 6, 6]), hrf: 'spm + derivative', contrasts })],
    'law',
  );
  expect(model).toBe('SPMG2(6)');
  expect(option(words, '-gltsym').map(([own]) => Object.fromEntries(readSymbols(own)[0]))).toEqual([
    { 'law[0]': 1 },
    { 'law[1]': 2 },
  ]);
});

test('drifts are AFNI polynomials, confounds stay ours', () => {
  const confounds = [{ name: 'wave', values: Array.from({ length: 60 }, (_, k) => Math.sin(k)) }];
  const run = hrf({ events: long([6, 6, 6]), highPass: 0.02, confounds });
  const { words } = told([run], 'law');
  expect(option(words, '-polort')).toEqual([['A']]);
  const [[path]] = option(words, '-ortvec', 2);
  const files = afni.write(makeStudy([run], { design: 'native' }));
  expect(readColumns(textOf(files, path))).toEqual(column(run, 'wave').map((value) => [value]));
  expect(afni.notes(makeStudy([run], { design: 'native' })).join()).toContain('-polort A');
});

test('events that AFNI would see nowhere, or has no response for, are refused', () => {
  const faults = (run: HandoffRun) =>
    afni.refusals(makeStudy([run], { design: 'native' })).map(({ given }) => given);
  const between = makeRun({
    events: [
      { onset: 3.6, duration: 0.3, trialType: 'law' },
      { onset: 6, duration: 2, trialType: 'cooking' },
    ],
    hrf: 'glover',
  });
  const unseen = {
    ...between,
    conditions: between.conditions.map((own) => ({
      ...own,
      response: { ...own.response, model: 'none' as const },
    })),
  };
  expect(faults(between)).toEqual([]);
  expect(faults(unseen)).toEqual([expect.stringContaining("'law'")]);
  const varied = hrf({ events: long([2, 6, 4]), hrf: 'spm + derivative' });
  expect(faults(varied)).toEqual([expect.stringContaining("'law'")]);
  const slow = hrf({
    events: long([6, 6, 6]),
    highPass: 0.02,
    contrasts: [contrastOf('d', { drift_1: 1 })],
  });
  expect(faults(slow)).toEqual([expect.stringContaining('drift_1')]);
});

test('the script says what is missing where AFNI is not set up', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'handoff afni-'));
  await writeFile(join(folder, 'run.sh'), textOf(afni.write(makeStudy([makeRun()])), 'run.sh'));
  const said = await new Promise<string>((resolve) => {
    const env = { PATH: '/usr/bin:/bin' };
    execFile('bash', [join(folder, 'run.sh')], { env }, (error, _, text) => {
      resolve(`${error?.code}: ${text}`);
    });
  });
  expect(said).toContain('1: run.sh: 3dDeconvolve is not on the PATH');
  await rm(folder, { recursive: true });
});
