import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HandoffFile, HandoffRun, HandoffStudy } from '../../../src/core/handoff.js';
import { type MatValue, readMat5 } from '../../../src/files/mat5.js';
import { contrastsOf, modelsOf } from '../../../src/tools/spm/model.js';
import { sessionOf, weightsIn } from '../../../src/tools/spm/session.js';
import { spm } from '../../../src/tools/spm/spm.js';
import { columnOf } from '../../../src/tools/weights.js';
import { firRun, goldenRun } from '../golden-run.js';
import { contrastOf, makeStudy, textOf } from '../study.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-spm-'));
});
afterAll(() => rm(folder, { recursive: true }));

const find = (files: readonly HandoffFile[], path: string): HandoffFile => {
  const own = files.find((file) => file.path === path);
  if (!own) throw new Error(`no ${path} among ${files.map((file) => file.path).join(', ')}`);
  return own;
};
async function mat(files: readonly HandoffFile[], path: string) {
  const own = find(files, path);
  const place = join(folder, path.replaceAll('/', '_'));
  await writeFile(place, 'bytes' in own ? own.bytes : '');
  expect((await readFile(place)).length).toBeGreaterThan(128);
  return readMat5(place);
}
const numbersOf = (value: MatValue | undefined) =>
  value?.kind === 'numbers' ? [...value.values] : [];
const cellsOf = (value: MatValue | undefined) => (value?.kind === 'cell' ? value.cells : []);
const textsOf = (value: MatValue | undefined) =>
  cellsOf(value).map((own) => (own.kind === 'text' ? own.rows[0] : null));

/** A batch's assignments: `spec.sess(1).hpf` to what stands right of the sign. */
function assignments(batch: string): Map<string, string> {
  const joined = batch
    .replace(/\.\.\.\n\s*/g, '')
    .replace(/\{\n([^}]*)\}/g, (_, inner) => `{${inner.trim().replace(/\n\s*/g, '; ')}}`);
  const lines = joined.split('\n').filter((line) => line !== '' && !line.startsWith('%'));
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [, left, right] = /^([\w.(){}]+) = (.*);$/.exec(line) ?? [];
      return left === undefined ? [] : [[left, right]];
    }),
  );
}

const [one, two] = [goldenRun(1), goldenRun(2)];
const NAME = 'sub-01_task-x_run-1';

describe('design exact', () => {
  const study = makeStudy([one, two]);
  const files = spm.write(study);

  test('regressors.mat holds our design but its constant, a row a scan, by name', async () => {
    const file = await mat(files, `${NAME}/regressors.mat`);
    const names = one.design.names.filter((name) => name !== 'constant');
    expect(textsOf(file.get('names'))).toEqual(names);
    const r = file.get('R');
    expect(r?.kind === 'numbers' && r.shape).toEqual([180, names.length]);
    expect(numbersOf(r)).toEqual(names.flatMap((name) => [...columnOf(one, name)]));
  });

  test('no file has the name of an image: SPM would take it for its orientation', () => {
    const names = files.map(({ path }) => path.split('/').at(-1));
    expect(names).not.toContain('bold.mat');
    expect(names).not.toContain('mask.mat');
  });

  test('the batch meets what SPM demands', () => {
    const batch = textOf(files, `${NAME}/model_batch.m`);
    const set = assignments(batch);
    expect(set.get('spec.mthresh')).toBe('-Inf');
    expect(set.get('spec.global')).toBe("'None'");
    expect(set.get('spec.cvi')).toBe("'none'");
    expect(set.get('spec.sess(1).hpf')).toBe('Inf');
    expect(set.get('spec.sess(1).scans')).toBe(
      `frames(fullfile(root, '${NAME}', 'bold.nii'), 180)`,
    );
    expect(set.get('spec.sess(1).multi')).toBe("{''}");
    expect(set.get('spec.mask')).toBe(`{fullfile(root, '${NAME}', 'mask.nii')}`);
    expect(set.get('spec.timing')).toContain(
      "'units', 'secs', 'RT', 1.5, 'fmri_t', 16, 'fmri_t0', 1",
    );
    // What SPM writes, and deletes first, is a folder without input.
    expect(set.get('results')).toBe("fullfile(here, 'spm')");
    expect(files.filter(({ path }) => path.includes('/spm/'))).toEqual([]);
    // Each module waits for the one before.
    expect(set.get('matlabbatch{2}.spm.stats.fmri_est.spmmat(1)')).toBe("output(1, 'spmmat')");
    expect(set.get('matlabbatch{3}.spm.stats.con.spmmat(1)')).toBe("output(2, 'spmmat')");
    expect(set.get('matlabbatch{4}.spm.stats.results.spmmat(1)')).toBe("output(3, 'spmmat')");
    // No path of this machine, and none that a hand would have to change.
    expect(batch).not.toContain(folder);
    expect(batch.replace(/^%.*$/gm, '').match(/'[^']*\/[^']*'/g)).toEqual(null);
  });

  test('runs together are sessions of one model over the units that all have', () => {
    const set = assignments(textOf(files, 'sub-01_task-x/model_batch.m'));
    expect(set.get('matlabbatch{1}.spm.util.imcalc.input')).toBe(
      `{fullfile(root, '${NAME}', 'mask.nii'); fullfile(root, 'sub-01_task-x_run-2', 'mask.nii')}`,
    );
    expect(set.get('spec.mask(1)')).toBe("output(1, 'files')");
    expect(set.get('matlabbatch{3}.spm.stats.fmri_est.spmmat(1)')).toBe("output(2, 'spmmat')");
    expect(set.get('spec.sess(2).scans')).toContain('run-2');
    expect(textOf(files, 'run_spm.m')).toContain("'sub-01_task-x'\n");
  });

  test('a contrast is the same sum of effects in columns whose mean SPM takes out', () => {
    const session = sessionOf(one, 'exact');
    const betas = one.design.names.map((_, j) => Math.sin(j + 1)); // [columns]
    const effect = (name: string) => betas[one.design.names.indexOf(name)];
    const mean = (name: string) =>
      columnOf(one, name).reduce((sum, value) => sum + value, 0) / one.volumes;
    const constant = session.regressors.reduce(
      (sum, name) => sum + effect(name) * mean(name),
      effect('constant'),
    );
    const theirs = [...session.regressors.map(effect), constant];
    for (const contrast of one.contrasts.t) {
      const ours = [...contrast.weights].reduce((sum, [name, w]) => sum + w * effect(name), 0);
      const own = weightsIn(session, contrast);
      expect(own.reduce((sum, w, j) => sum + w * theirs[j], 0)).toBeCloseTo(ours, 12);
    }
  });

  test('sessions are averaged, and each has its own contrast; their constants come last', () => {
    const joint = modelsOf(study).find(({ name }) => name === 'sub-01_task-x')!;
    const all = contrastsOf(joint);
    const width = one.design.names.length - 1;
    const at = (...where: [number, number][]) => {
      const own = new Array<number>(2 * width + 2).fill(0);
      for (const [j, weight] of where) own[j] = weight;
      return own;
    };
    const rowsOf = (name: string) => all.find((own) => own.name === name)?.rows;
    expect(rowsOf('aMinusB')).toEqual([at([0, 0.5], [1, -0.5], [width, 0.5], [width + 1, -0.5])]);
    expect(rowsOf('aMinusB - Session 2')).toEqual([at([width, 1], [width + 1, -1])]);
    expect(rowsOf('any')?.[2]).toEqual(at([2, 0.5], [width + 2, 0.5]));
    expect(rowsOf('level')?.[0].slice(-2)).toEqual([0.5, 0.5]);
    expect(all.map(({ test: kind }) => kind).join('')).toBe(`${'t'.repeat(9)}${'F'.repeat(3)}`);
  });

  test('contrasts stand in the batch with every weight', () => {
    const set = assignments(textOf(files, `${NAME}/model_batch.m`));
    const key = 'matlabbatch{3}.spm.stats.con.consess';
    const columns = one.design.names.length;
    const zeros = (n: number) => ' 0'.repeat(n);
    expect(set.get(`${key}{2}.tcon.name`)).toBe("'aMinusB'");
    expect(set.get(`${key}{2}.tcon.weights`)).toBe(`[1 -1${zeros(columns - 2)}]`);
    expect(set.get(`${key}{4}.fcon.weights`)).toBe(
      `[1 0 0${zeros(columns - 3)}; 0 1 0${zeros(columns - 3)}; 0 0 1${zeros(columns - 3)}]`,
    );
    expect(set.get(`${key}{4}.fcon.sessrep`)).toBe("'none'");
  });

  test('tokens get AR(1)', () => {
    const serial = spm.write({ ...study, volumes: 'token', noise: 'serial' });
    expect(assignments(textOf(serial, `${NAME}/model_batch.m`)).get('spec.cvi')).toBe("'AR(1)'");
  });
});

/**
 * SPM's boxcars as spm_get_ons.m makes them: 16 bins a volume, from round(onset/dt) on for
 * round(duration/dt) + 1 bins, sampled at the bin fmri_t0.
 */
function spmBoxcar(
  run: HandoffRun,
  own: { onsets: number[]; durations: number[]; heights?: number[] },
  bin: number,
): number[] {
  const dt = run.repetitionTime / 16;
  const fine = new Float64Array(run.volumes * 16 + 200);
  own.onsets.forEach((onset, i) => {
    const from = Math.round(onset / dt);
    const to = from + Math.round(own.durations[i] / dt) + 1;
    for (let k = from; k < to; k++) fine[k] += own.heights?.[i] ?? 1;
  });
  return Array.from({ length: run.volumes }, (_, v) => fine[16 * v + bin - 1]);
}

describe('design native', () => {
  const native = (run: HandoffRun, more: Partial<HandoffStudy> = {}) =>
    makeStudy([run], { design: 'native', ...more });
  const conditionsIn = async (files: readonly HandoffFile[]) => {
    const file = await mat(files, `${NAME}/conditions.mat`);
    const [onsets, durations] = ['onsets', 'durations'].map((key) =>
      cellsOf(file.get(key)).map(numbersOf),
    );
    return { file, names: textsOf(file.get('names')), onsets, durations };
  };

  test.each([0, 0.5])('boxcars sampled at %s of a volume are our columns', async (sliceTimeRef) => {
    const run = goldenRun(1, { sliceTimeRef });
    const files = spm.write(native(run));
    const { names, onsets, durations } = await conditionsIn(files);
    const bin = 16 * sliceTimeRef + 1;
    expect(textOf(files, `${NAME}/model_batch.m`)).toContain(`'fmri_t0', ${bin})`);
    expect(names).toEqual(['a', 'b', 'c']);
    names.forEach((name, k) => {
      const own = { onsets: onsets[k], durations: durations[k] };
      expect(spmBoxcar(run, own, bin), name ?? '').toEqual([...columnOf(run, name ?? '')]);
    });
  });

  test('confounds and polynomial drifts are regressors, without a filter', async () => {
    const files = spm.write(native(one));
    const set = assignments(textOf(files, `${NAME}/model_batch.m`));
    expect(set.get('spec.sess(1).hpf')).toBe('Inf');
    expect(set.get('spec.bases.none')).toBe('true');
    const file = await mat(files, `${NAME}/regressors.mat`);
    expect(textsOf(file.get('names'))).toEqual(
      one.design.names.filter((name) => !['a', 'b', 'c', 'constant'].includes(name)),
    );
  });

  test('cosine drifts are its high-pass filter, in seconds', () => {
    const files = spm.write(
      native(goldenRun(1, { highPass: 0.008, confounds: [], hrf: 'glover' })),
    );
    const set = assignments(textOf(files, `${NAME}/model_batch.m`));
    expect(set.get('spec.sess(1).hpf')).toBe('125');
    expect(set.get('spec.sess(1).multi_reg')).toBe("{''}");
    expect(set.get('spec.bases.hrf.derivs')).toBe('[0 0]');
    expect(files.map(({ path }) => path)).not.toContain(`${NAME}/regressors.mat`);
  });

  test('basis functions follow each condition, and weights follow them', () => {
    const derived = sessionOf(goldenRun(1, { hrf: 'spm + derivative' }), 'native');
    expect(weightsIn(derived, derived.run.contrasts.t[1]).slice(0, 6)).toEqual([1, 0, -1, 0, 0, 0]);
    const fir = sessionOf(firRun(), 'native');
    const [delayed] = fir.run.contrasts.t;
    expect(weightsIn(fir, delayed).slice(0, 9)).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0]);
    const set = assignments(textOf(spm.write(native(fir.run)), `${NAME}/model_batch.m`));
    expect(set.get('spec.bases.fir')).toBe("struct('length', 4.5, 'order', 3)");
    expect(set.get('spec.timing')).toContain("'fmri_t0', 16");
  });

  test('heights are a modulator of the condition with the same events', async () => {
    const [a, b, c] = one.conditions;
    const heights = a.events.map((_, i) => i - 1.5);
    const rt = {
      ...{ name: 'rt', columns: ['rt'], response: a.response },
      events: a.events.map((event, i) => ({ ...event, modulation: heights[i] })),
    };
    const halved = { ...b, events: b.events.map((event) => ({ ...event, modulation: 0.5 })) };
    const run = { ...one, conditions: [a, halved, c, rt] };
    const files = spm.write(native(run));
    const { file, names } = await conditionsIn(files);
    expect(names).toEqual(['a', 'b', 'c']);
    const pmod = file.get('pmod');
    const [carrier, other] = pmod?.kind === 'struct' ? pmod.elements : [];
    expect(textsOf(carrier.get('name'))).toEqual(['rt']);
    expect(cellsOf(carrier.get('param')).map(numbersOf)).toEqual([heights]);
    expect(cellsOf(carrier.get('poly')).map(numbersOf)).toEqual([[1]]);
    expect(textsOf(other.get('name'))).toEqual([]);
    expect(cellsOf(file.get('orth')).map(numbersOf)).toEqual([[0], [1], [1]]);
    // SPM's columns: a, a x rt, b, c. A boxcar of half the height has twice the effect.
    const own = weightsIn(sessionOf(run, 'native'), contrastOf('x', { rt: 1, b: 1 }));
    expect(own.slice(0, 4)).toEqual([0, 1, 2, 0]);
  });
});

describe('what SPM would stumble over is refused', () => {
  const refused = (run: Partial<HandoffRun>, more: Partial<HandoffStudy> = {}) =>
    spm.refusals(makeStudy([{ ...one, ...run }], more)).map(({ given }) => given);

  test('nothing of a run that fits', () => {
    expect(spm.refusals(makeStudy([one, two]))).toEqual([]);
    expect(spm.refusals(makeStudy([one, two], { design: 'native' }))).toEqual([]);
  });

  test('units whose mean is not positive: every t might turn its sign', () => {
    expect(refused({ values: { ...one.values, lowestMean: -3 } })).toEqual([
      `${NAME}: a unit with a mean of -3 over time`,
    ]);
  });

  test.each([[[1, 9, 1]], [[1, 1, 9]]] as const)('an image of %s voxels', (shape) => {
    expect(refused({ shape: [...shape] })).toEqual([
      `${NAME}: an image of ${shape.join(' x ')} voxels`,
    ]);
  });

  test('in design native: several responses, heights over several conditions, drifts in contrasts', () => {
    const [a, b, c] = one.conditions;
    const spmResponse = { ...b.response, model: 'spm' } as const;
    const mixed = { conditions: [a, { ...b, response: spmResponse }, c] };
    expect(refused(mixed, { design: 'native' })).toEqual([
      `${NAME}: conditions with different responses`,
    ]);
    expect(refused(mixed)).toEqual([]);
    const events = [...a.events, ...b.events].map((event, i) => ({ ...event, modulation: i + 1 }));
    const rt = { name: 'rt', columns: ['rt'], response: a.response, events };
    expect(refused({ conditions: [a, b, c, rt] }, { design: 'native' })).toEqual([
      `${NAME}: heights of 'rt' over events of a, b`,
    ]);
    const cosine = goldenRun(1, { highPass: 0.01 });
    const t = [contrastOf('slow', { drift_1: 1 })];
    const slow = { ...cosine, contrasts: { t, f: [] } };
    expect(refused(slow, { design: 'native' })).toEqual([`${NAME}: contrast 'slow' of drift_1`]);
    expect(refused(slow)).toEqual([]);
  });

  test('sessions that differ in time or grid', () => {
    const other = { ...two, repetitionTime: 2, shape: [9, 10, 6] } as const;
    expect(spm.refusals(makeStudy([one, other])).map(({ given }) => given)).toEqual([
      'sub-01_task-x: runs whose repetition times are 1.5 and 2',
      'sub-01_task-x: runs whose grids are 5 x 4 x 3 and 9 x 10 x 6',
    ]);
  });
});

test('what the user should know is said', () => {
  const notes = spm.notes(makeStudy([one, two], { noise: 'serial' }));
  expect(notes.some((note) => note.includes('AR(1)'))).toBe(true);
  expect(notes.some((note) => note.includes('sessions'))).toBe(true);
  expect(spm.notes(makeStudy([one]))).toHaveLength(1);
});
