import { expect, test } from 'vitest';
import type { HandoffRun } from '../../../src/core/handoff.js';
import { afni } from '../../../src/tools/afni/afni.js';
import { contrastOf, makeRun, makeStudy, textOf } from '../study.js';
import { commandOf, option, readColumns, readSymbols } from './formats.js';

const wave = (run: number) => [
  { name: 'wave', values: Array.from({ length: 24 }, (_, k) => Math.sin(run * k)) },
];
const contrasts = [contrastOf('law - cooking', { law: 1, cooking: -1 / 3 })];
const f = [{ name: 'any', rows: [contrastOf('1', { law: 1 }), contrastOf('2', { cooking: 2 })] }];
const runs = [1, 2].map((run) =>
  makeRun({ name: `sub-01_task-x_run-${run}`, confounds: wave(run), contrasts, f }),
);

const files = afni.write(makeStudy(runs));
const script = textOf(files, 'run.sh');

/** A design's column. */
const column = ({ design: { names, rows, values } }: HandoffRun, name: string) =>
  Array.from({ length: rows }, (_, r) => values[r * names.length + names.indexOf(name)]);

function stimuliOf(words: readonly string[]) {
  return option(words, '-stim_file', 2).map(([, path]) => readColumns(textOf(files, path)).flat());
}

test('every run: the columns of the design, the constant and confounds as baseline, no other drift', () => {
  for (const run of runs) {
    const words = commandOf(script, '3dDeconvolve', run.name);
    expect(option(words, '-polort')).toEqual([['-1']]);
    expect(option(words, '-input')).toEqual([[run.bold]]);
    expect(option(words, '-mask')).toEqual([[run.mask]]);
    expect(stimuliOf(words)).toEqual([column(run, 'cooking'), column(run, 'law')]);
    const [[path]] = option(words, '-ortvec', 2);
    const rows = readColumns(textOf(files, path));
    expect(rows.map((row) => row[0])).toEqual(column(run, 'wave'));
    expect(rows.map((row) => row[1])).toEqual(column(run, 'constant'));
  }
});

test('what is counted is there: stimuli, tests, numbers from 1, labels of their own', () => {
  for (const name of [...runs.map((run) => run.name), 'sub-01_task-x']) {
    const words = commandOf(script, '3dDeconvolve', name);
    const stimuli = option(words, '-stim_label', 2);
    const tests = option(words, '-glt_label', 2);
    expect(option(words, '-num_stimts')).toEqual([[String(stimuli.length)]]);
    expect(option(words, '-num_glt')).toEqual([[String(tests.length)]]);
    expect(option(words, '-gltsym')).toHaveLength(tests.length);
    for (const own of [stimuli, tests]) expect(own.map(([k]) => Number(k))).toEqual([1, 2]);
    const labels = [...stimuli, ...tests].map(([, label]) => label);
    expect(new Set(labels).size).toBe(4);
    for (const label of labels) expect(label).toMatch(/^[A-Za-z][A-Za-z0-9_]{0,39}$/);
  }
});

test('contrasts keep their weights, an F test its rows', () => {
  const words = commandOf(script, '3dDeconvolve', runs[0].name);
  const [[t], [any]] = option(words, '-gltsym').map(([symbols]) => [readSymbols(symbols)]);
  expect(t).toHaveLength(1);
  expect(t[0].get('law')).toBe(1);
  expect(t[0].get('cooking')).toBeCloseTo(-1 / 3, 9);
  expect(any.map((row) => Object.fromEntries(row))).toEqual([{ law: 1 }, { cooking: 2 }]);
  expect(textOf(files, `${runs[0].name}/contrasts.tsv`).split('\n').slice(1, 3)).toEqual([
    't\t1\tt_law___cooking\tlaw - cooking',
    'F\t1\tF_any\tany',
  ]);
});

test('runs together: conditions end to end, each run with a baseline of its own', () => {
  const words = commandOf(script, '3dDeconvolve', 'sub-01_task-x');
  expect(script).toContain(`-input ${runs[0].bold} ${runs[1].bold}`);
  expect(stimuliOf(words)[1]).toEqual(runs.flatMap((run) => column(run, 'law')));
  const [[path]] = option(words, '-ortvec', 2);
  const rows = readColumns(textOf(files, path));
  expect(rows.map((row) => row[0])).toEqual([...column(runs[0], 'wave'), ...Array(24).fill(0)]);
  expect(rows.map((row) => row[3])).toEqual([...Array(24).fill(0), ...Array(24).fill(1)]);
  expect(afni.notes(makeStudy(runs)).join()).toContain('one variance for all');
});

test('a contrast of a confound makes it a stimulus: -gltsym reaches no baseline', () => {
  const run = makeRun({
    confounds: wave(1),
    contrasts: [contrastOf('w', { wave: -2, constant: 1 })],
  });
  const own = afni.write(makeStudy([run]));
  const words = commandOf(textOf(own, 'run.sh'), '3dDeconvolve', run.name);
  expect(option(words, '-stim_label', 2).map(([, label]) => label)).toEqual([
    'cooking',
    'law',
    'wave',
    'constant',
  ]);
  expect(words).not.toContain('-ortvec');
  const [[symbols]] = option(words, '-gltsym');
  expect(Object.fromEntries(readSymbols(symbols)[0])).toEqual({ wave: -2, constant: 1 });
});

test('white noise is least squares; serial noise stops at the matrix and goes to 3dREMLfit', () => {
  expect(script).not.toContain('3dREMLfit');
  const [one] = runs;
  expect(option(commandOf(script, '3dDeconvolve', one.name), '-bucket')).toEqual([
    [`results/${one.name}/ols.nii.gz`],
  ]);
  const serial = textOf(
    afni.write(makeStudy(runs, { noise: 'serial', volumes: 'token' })),
    'run.sh',
  );
  const matrix = commandOf(serial, '3dDeconvolve', 'sub-01_task-x');
  expect(matrix).toContain('-x1D_stop');
  expect(matrix).not.toContain('-bucket');
  const reml = commandOf(serial, '3dREMLfit', 'sub-01_task-x');
  expect(option(reml, '-matrix')).toEqual(option(matrix, '-x1D'));
  expect(option(reml, '-input')).toEqual([[`${runs[0].bold} ${runs[1].bold}`]]);
  for (const flag of ['-Rbuck', '-Rvar', '-tout', '-fout']) expect(reml).toContain(flag);
});

test('what AFNI would stop at is refused', () => {
  const faults = (run: HandoffRun, more: Parameters<typeof makeStudy>[1] = {}) =>
    afni.refusals(makeStudy([run], more)).map(({ given }) => given);
  expect(faults(runs[0])).toEqual([]);
  const short = makeRun({ volumes: 8, contrasts: [contrastOf('law', { law: 1 })] });
  expect(faults(short)).toEqual([]);
  expect(faults(short, { noise: 'serial' })).toEqual([expect.stringContaining('8 volumes')]);
  expect(faults(makeRun({ contrasts: [] }))).toEqual([
    expect.stringContaining('without a contrast'),
  ]);
});

test('runs of unlike contrasts are each fitted by themselves', () => {
  const other = makeRun({ name: 'sub-01_task-x_run-2' });
  const study = makeStudy([runs[0], other], { design: 'native' });
  const text = textOf(afni.write(study), 'run.sh');
  expect(commandOf(text, '3dDeconvolve', runs[0].name)).toContain('-tout');
  expect(commandOf(text, '3dDeconvolve', other.name)).toContain('-tout');
  expect(text).not.toContain('results/sub-01_task-x/');
  expect(afni.notes(study).join()).toContain('each is fitted by itself');
});
