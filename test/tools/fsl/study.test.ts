import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fsl } from '../../../src/tools/fsl/fsl.js';
import { contrastOf, makeRun, makeStudy, textOf } from '../study.js';
import { readFsf, readVest } from './formats.js';

const first = makeRun();
const second = makeRun({ name: 'sub-01_task-x_run-2' });

/** Without these the second level makes no maps, or others without a word (FSL 5.0.9). */
const NEEDED =
  'version level analysis outputdir tr npts multiple ndelete critical_z noise noisear evs_orig evs_real evs_vox ncon_real nftests_real ncopeinputs copeinput.1 copeinput.2 evtitle1 tempfilt_yn1 deriv_yn1 ortho1.0 evg1.1 evg2.1 groupmem.1 groupmem.2 con_real1.1 mixed_yn feat_files(1) feat_files(2)';

test('runs of a task are averaged by fixed effects', () => {
  const files = fsl.write(makeStudy([first, second]));
  const fsf = readFsf(textOf(files, 'sub-01_task-x/fixed.template.fsf'));
  for (const key of NEEDED.split(' ')) expect(fsf.has(key), key).toBe(true);
  expect([fsf.number('level'), fsf.number('inputtype'), fsf.number('mixed_yn')]).toEqual([2, 1, 3]);
  expect([fsf.number('multiple'), fsf.number('npts'), fsf.number('ncopeinputs')]).toEqual([
    2, 2, 2,
  ]);
  expect([1, 2].map((k) => fsf.text(`feat_files(${k})`))).toEqual(
    [first, second].map(({ name }) => `@ROOT@/results/feat/${name}.feat`),
  );
  for (const [file, rows] of [
    ['fixed.mat', [[1], [1]]],
    ['fixed.con', [[1]]],
    ['fixed.grp', [[1], [1]]],
  ] as const)
    expect(readVest(textOf(files, `sub-01_task-x/${file}`)).rows).toEqual(rows);
  const script = textOf(files, 'run.sh');
  expect(script).toContain('\n  feat_fixed sub-01_task-x\n');
  expect(script).toContain(`\n  film_fixed sub-01_task-x 2 ${first.name} ${second.name}\n`);
});

test('a single run, or runs of unlike contrasts, are not averaged', () => {
  const other = makeRun({ name: second.name, contrasts: [contrastOf('law', { law: 1 })] });
  expect(fsl.write(makeStudy([first])).map(({ path }) => path)).not.toContain(
    'sub-01_task-x/fixed.template.fsf',
  );
  const study = makeStudy([first, other]);
  expect(fsl.write(study).some(({ path }) => path.includes('fixed'))).toBe(false);
  expect(fsl.notes(study).join(' ')).toMatch(/sub-01_task-x: its runs differ in contrasts/);
});

const faults = (run = first, more: Parameters<typeof makeStudy>[1] = {}) =>
  fsl.refusals(makeStudy([run], more)).map(({ given }) => given);

test('what FEAT would stumble over is refused, all of it at once', () => {
  expect(faults()).toEqual([]);
  expect(faults(makeRun({ values: { lowestMean: 0 } }))).toEqual([
    expect.stringContaining('a mean of 0'),
  ]);
  const fast = makeRun({
    repetitionTime: 0.05,
    events: [{ onset: 0.2, duration: 0.3, trialType: 'a' }],
  });
  expect(faults(fast)).toEqual([expect.stringContaining('0.05 s')]);
  expect(
    faults(makeRun({ hrf: 'glover + derivative + dispersion' }), { design: 'native' }),
  ).toEqual([expect.stringContaining('cooking, law')]);
  const several = makeRun({
    contrasts: [contrastOf('mean', { constant: 1 })],
    values: { lowestMean: -3 },
  });
  expect(faults(several)).toHaveLength(2);
  expect(faults(makeRun({ contrasts: [] }))).toEqual([
    expect.stringContaining('without a contrast'),
  ]);
});

test('a contrast of drifts is refused where FEAT filters them out', () => {
  const run = makeRun({ highPass: 0.1, contrasts: [contrastOf('slow', { drift_1: 1 })] });
  expect(faults(run)).toEqual([]);
  expect(faults(run, { design: 'native' })).toEqual([expect.stringContaining('drift_1')]);
});

test('what differs from our own numbers is said', () => {
  expect(fsl.notes(makeStudy([first])).join()).toContain('sqrt((n - p + 1) / (n - p))');
  const dark = makeRun({ values: { notPositive: 2 } });
  expect(fsl.notes(makeStudy([dark])).join()).toContain('leaves out 2 of 6 units');
  const twice = makeRun({
    events: [
      { onset: 2, duration: 4, trialType: 'law' },
      { onset: 4, duration: 4, trialType: 'law' },
    ],
  });
  expect(fsl.notes(makeStudy([twice], { design: 'native' })).join()).toContain('law overlap');
  expect(fsl.notes(makeStudy([twice])).join()).not.toContain('overlap');
});

/** Runs a script in a folder; its exit code and what it said. */
const bash = (folder: string, environment: NodeJS.ProcessEnv = {}) =>
  new Promise<{ code: number; said: string }>((resolve) => {
    const env = { PATH: process.env.PATH, ...environment };
    execFile('bash', [join(folder, 'run.sh')], { env }, (error, _, said) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, said });
    });
  });

test('the script stops where FSL cannot work, before it writes anything', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'handoff-fsl-'));
  const spaced = join(folder, 'my data');
  await mkdir(spaced);
  const text = textOf(fsl.write(makeStudy([first, second])), 'run.sh');
  await writeFile(join(folder, 'run.sh'), text);
  await writeFile(join(spaced, 'run.sh'), text);
  expect(await bash(spaced)).toEqual({
    code: 1,
    said: expect.stringContaining('move this folder'),
  });
  expect(await bash(folder)).toEqual({
    code: 1,
    said: expect.stringContaining('FSLDIR is not set'),
  });
  expect(await bash(folder, { FSLDIR: folder })).toEqual({
    code: 1,
    said: expect.stringContaining('feat is not on the PATH'),
  });
  await rm(folder, { recursive: true });
});
