import { expect, test } from 'vitest';
import { fsl } from '../../../src/tools/fsl/fsl.js';
import { leastSquares } from '../least-squares.js';
import { contrastOf, makeRun, makeStudy, textOf } from '../study.js';
import { readFsf, readThreeColumns, readValues, readVest, sampledByFeat } from './formats.js';

const NAME = 'sub-01_task-x_run-1';
const confounds = [{ name: 'wave', values: Array.from({ length: 24 }, (_, k) => Math.sin(k)) }];
const difference = contrastOf('law > cooking', { law: 1, cooking: -0.5 });
const any = { name: 'any', rows: [contrastOf('a', { law: 1 }), contrastOf('b', { wave: 2 })] };
const plain = makeRun({
  confounds,
  contrasts: [difference, contrastOf('law', { law: 1 })],
  f: [any],
});

const filesOf = (more: Parameters<typeof makeStudy>[1], run = plain) =>
  fsl.write(makeStudy([run], more));
const fsfOf = (files: ReturnType<typeof filesOf>) =>
  readFsf(textOf(files, `${NAME}/design.template.fsf`));
const range = (count: number) => Array.from({ length: count }, (_, k) => k + 1);

/** Without these feat makes no maps, or others without a word (each deleted in turn, FSL 5.0.9). */
const NEEDED =
  'version level analysis outputdir tr npts ndelete inputtype critical_z noise noisear temphp_yn templp_yn evs_orig evs_real evs_vox ncon_real nftests_real paradigm_hp filtering_yn prewhiten_yn';
const NEEDED_OF_EV = 'evtitle shape convolve tempfilt_yn deriv_yn custom';

test('a design file has every key that feat and feat_model cannot do without', () => {
  for (const design of ['exact', 'native'] as const) {
    const fsf = fsfOf(filesOf({ design }));
    for (const key of NEEDED.split(' ')) expect(fsf.has(key), key).toBe(true);
    expect(fsf.has('feat_files(1)')).toBe(true);
    const evs = fsf.number('evs_orig');
    for (const ev of range(evs)) {
      for (const key of NEEDED_OF_EV.split(' ')) expect(fsf.has(`${key}${ev}`), key).toBe(true);
      for (const other of [0, ...range(evs)]) expect(fsf.number(`ortho${ev}.${other}`)).toBe(0);
    }
    for (const contrast of range(fsf.number('ncon_real'))) {
      for (const ev of range(fsf.number('evs_real')))
        expect(fsf.number(`con_real${contrast}.${ev}`)).not.toBeNaN();
      for (const f of range(fsf.number('nftests_real')))
        expect([0, 1]).toContain(fsf.number(`ftest_real${f}.${contrast}`));
    }
  }
});

test('only statistics: nothing smooths, moves, filters or thresholds', () => {
  const fsf = fsfOf(filesOf({ design: 'exact' }));
  const off =
    'filtering_yn mc st bet_yn smooth norm_yn temphp_yn templp_yn melodic_yn thresh regstandard_yn reghighres_yn reginitial_highres_yn featwatcher_yn ndelete';
  for (const key of off.split(' ')) expect(fsf.number(key), key).toBe(0);
  expect([fsf.number('level'), fsf.number('analysis'), fsf.number('inputtype')]).toEqual([1, 2, 2]);
  expect([fsf.number('npts'), fsf.number('tr')]).toEqual([24, 1]);
});

test('paths are of the folder wherever it stands, and every file is there', () => {
  const files = filesOf({ design: 'native' });
  const fsf = fsfOf(files);
  const paths = range(fsf.number('evs_orig')).map((ev) => fsf.text(`custom${ev}`));
  for (const path of [...paths, fsf.text('outputdir'), fsf.text('feat_files(1)')])
    expect(path).toMatch(/^@ROOT@\/[A-Za-z0-9_./-]+$/);
  for (const path of paths) expect(textOf(files, path.replace('@ROOT@/', ''))).toMatch(/\d/);
  expect(fsf.text('feat_files(1)')).toBe(`@ROOT@/${NAME}/bold.nii.gz`);
});

test('exact: the variables are the design without its constant, and contrasts keep their weights', () => {
  const files = filesOf({ design: 'exact' });
  const fsf = fsfOf(files);
  const { names, values, rows } = plain.design;
  const columns = names.filter((name) => name !== 'constant');
  expect(fsf.number('evs_real')).toBe(columns.length);
  columns.forEach((name, e) => {
    expect(fsf.number(`shape${e + 1}`)).toBe(2);
    expect(fsf.number(`convolve${e + 1}`)).toBe(0);
    const own = Array.from(
      { length: rows },
      (_, r) => values[r * names.length + names.indexOf(name)],
    );
    expect(readValues(textOf(files, fsf.text(`custom${e + 1}`).replace('@ROOT@/', '')))).toEqual(
      own,
    );
  });
  const row = (contrast: number) =>
    Object.fromEntries(
      columns.map((name, e) => [name, fsf.number(`con_real${contrast}.${e + 1}`)]),
    );
  expect(row(1)).toEqual({ law: 1, cooking: -0.5, wave: 0 });
  expect(row(2)).toEqual({ law: 1, cooking: 0, wave: 0 });
});

test('an F test is of t contrasts: those there are, and its other rows', () => {
  const fsf = fsfOf(filesOf({ design: 'exact' }));
  expect(fsf.number('ncon_real')).toBe(3);
  expect(range(3).map((c) => fsf.number(`ftest_real1.${c}`))).toEqual([0, 1, 1]);
  expect(fsf.number('con_real3.3')).toBe(2);
  const files = filesOf({ design: 'exact' });
  expect(readVest(textOf(files, `${NAME}/design.fts`)).rows).toEqual([[0, 1, 1]]);
  expect(textOf(files, `${NAME}/contrasts.tsv`)).toBe(
    'test\tnumber\tlabel\tcontrast\nt\t1\tlaw > cooking\tlaw > cooking\nt\t2\tlaw\tlaw\nF\t1\tF1\tany\n',
  );
});

test('names that Tcl would act on become harmless, and none becomes another', () => {
  const wild = ['a [exit]', 'a $exit', 'a "b"', '1st', 'ä'];
  const events = wild.map((trialType, k) => ({ onset: 4 * k, duration: 2, trialType }));
  for (const design of ['exact', 'native'] as const) {
    const fsf = fsfOf(filesOf({ design }, makeRun({ events })));
    const titles = range(wild.length).map((k) => fsf.text(`evtitle${k}`));
    expect(new Set(titles).size).toBe(wild.length);
    for (const title of titles) expect(title).toMatch(/^[A-Za-z][A-Za-z0-9 _+.<>-]*$/);
  }
});

test("the direct road: design.mat is the design, constant included, with FSL's dof n - p", () => {
  const files = filesOf({ design: 'exact' });
  const mat = readVest(textOf(files, `${NAME}/design.mat`));
  const con = readVest(textOf(files, `${NAME}/design.con`));
  const { names, values } = plain.design;
  expect(mat.header('NumPoints')).toBe('24');
  expect(mat.header('PPheights').split('\t').map(Number)[0]).toBe(1);
  mat.rows.flat().forEach((value, i) => {
    expect(value).toBeCloseTo(values[i], 9);
  });
  expect(con.header('ContrastName1')).toBe('law > cooking');
  expect(con.rows[0]).toEqual(names.map((name) => ({ law: 1, cooking: -0.5 })[name] ?? 0));
  // With the constant, or without means and constant: one t, but for the dof that is one more.
  const data = plain.design.rows;
  const y = Array.from({ length: data }, (_, k) => [10000 + 50 * Math.sin(7 * k), 9000 + (k % 5)]);
  const direct = leastSquares(mat.rows, y);
  const evs = mat.rows.map((row) => row.slice(0, -1));
  const feat = leastSquares(evs, y, { demeaned: true });
  expect(feat.dof).toBe(direct.dof + 1);
  const scale = Math.sqrt(feat.dof / direct.dof);
  direct.t(con.rows[0]).forEach((t, u) => {
    expect(feat.t(con.rows[0].slice(0, -1))[u]).toBeCloseTo(scale * t, 8);
  });
});

test('native: conditions are events, and FEAT makes our boxcars of them', () => {
  const files = filesOf({ design: 'native' });
  const fsf = fsfOf(files);
  expect(fsf.number('evs_orig')).toBe(3);
  plain.conditions.forEach(({ name, events }, e) => {
    const rows = readThreeColumns(textOf(files, fsf.text(`custom${e + 1}`).replace('@ROOT@/', '')));
    expect(rows).toEqual(events.map(({ onset, duration }) => [onset, duration, 1]));
    expect([fsf.number(`shape${e + 1}`), fsf.number(`convolve${e + 1}`)]).toEqual([3, 0]);
    const column = sampledByFeat(rows, plain);
    const { names, values } = plain.design;
    expect(column).toEqual(column.map((_, r) => values[r * names.length + names.indexOf(name)]));
  });
});

test('native: data that were convolved are modelled by a double gamma, derivatives counted', () => {
  const contrasts = [contrastOf('law', { law: 1 }), contrastOf('late', { cooking_derivative: 1 })];
  const run = makeRun({ hrf: 'spm + derivative', volumes: 40, contrasts });
  const fsf = fsfOf(filesOf({ design: 'native' }, run));
  expect([1, 2].map((e) => fsf.number(`convolve${e}`))).toEqual([3, 3]);
  expect([fsf.number('evs_orig'), fsf.number('evs_real')]).toEqual([2, 4]);
  // Columns: cooking, its derivative, law, its derivative.
  expect(range(4).map((e) => fsf.number(`con_real1.${e}`))).toEqual([0, 0, 1, 0]);
  expect(range(4).map((e) => fsf.number(`con_real2.${e}`))).toEqual([0, 1, 0, 0]);
  expect(range(2).map((e) => fsf.number(`con_orig1.${e}`))).toEqual([0, 1]);
});

test("native: cosines become FEAT's filter, of model and data alike", () => {
  const run = makeRun({ highPass: 0.05, volumes: 40, repetitionTime: 2, hrf: 'glover' });
  const files = filesOf({ design: 'native', volumes: 'brain', noise: 'serial' }, run);
  const fsf = fsfOf(files);
  expect([fsf.number('temphp_yn'), fsf.number('tempfilt_yn1')]).toEqual([1, 1]);
  expect(fsf.number('paradigm_hp')).toBe(20);
  expect(fsf.number('filtering_yn')).toBe(0);
  expect(fsf.text('feat_files(1)')).toBe(`@ROOT@/results/filtered/${NAME}.nii.gz`);
  const script = textOf(files, 'run.sh');
  // sigma in volumes: half the seconds over the repetition time; the mean goes back in
  expect(script).toContain(`\nhighpass ${NAME} 5\n`);
  expect(script).toMatch(/-bptf \$2 -1 -add results\/filtered\/\$1_mean/);
});

test('prewhitening is off for prompts and on for what is serially correlated', () => {
  const white = filesOf({});
  expect(fsfOf(white).number('prewhiten_yn')).toBe(0);
  expect(textOf(white, 'run.sh')).toMatch(/film_gls .* --noest\n/);
  const serial = filesOf({ volumes: 'token', noise: 'serial' });
  expect(fsfOf(serial).number('prewhiten_yn')).toBe(1);
  expect(textOf(serial, 'run.sh')).not.toContain('--noest');
  // feat would smooth the autocorrelation over voxels; film_gls is not asked to
  expect(textOf(serial, 'run.sh')).toMatch(/road=\$\{1:-film\}/);
  expect(textOf(serial, 'run.sh')).not.toMatch(/--(sa|ms)/);
});
