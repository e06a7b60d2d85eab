import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contrastsOf, modelsOf } from '../../../src/tools/spm/model.js';
import { sessionOf, weightsIn } from '../../../src/tools/spm/session.js';
import { spm } from '../../../src/tools/spm/spm.js';
import { columnOf } from '../../../src/tools/weights.js';
import { goldenRun } from '../golden-run.js';
import { makeStudy, textOf } from '../study.js';
import { assignments, mat, NAME, numbersOf, textsOf } from './formats.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-spm-'));
});
afterAll(() => rm(folder, { recursive: true }));

const [one, two] = [goldenRun(1), goldenRun(2)];

describe('design exact', () => {
  const study = makeStudy([one, two]);
  const files = spm.write(study);

  test('regressors.mat holds our design but its constant, a row a scan, by name', async () => {
    const file = await mat(folder, files, `${NAME}/regressors.mat`);
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
