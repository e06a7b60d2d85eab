import { describe, expect, test } from 'vitest';
import type { HandoffRun } from '../../../src/core/handoff.js';
import { parseTsv } from '../../../src/files/tsv.js';
import { nilearn } from '../../../src/tools/nilearn/nilearn.js';
import { goldenRun } from '../golden-run.js';
import { contrastOf, makeStudy, textOf } from '../study.js';

const [one, two] = [goldenRun(1), goldenRun(2)];
const NAME = 'sub-01_task-x_run-1';

test('design exact: our design, every digit, and our contrasts by column', () => {
  const files = nilearn.write(makeStudy([one, two]));
  const table = parseTsv(textOf(files, `${NAME}/design.tsv`), 'design.tsv');
  expect(table.columns).toEqual(one.design.names);
  expect(table.rows.flat().map(Number)).toEqual([...one.design.values]);
  const runs = JSON.parse(textOf(files, 'runs.json'));
  expect(runs).toHaveLength(2);
  expect(runs[0]).toMatchObject({ name: NAME, group: 'sub-01_task-x', bold: one.bold });
  expect(runs[0].t.aMinusB).toEqual([{ a: 1, b: -1 }]);
  expect(runs[0].F.any).toEqual([{ a: 1 }, { b: 1 }, { c: 1 }]);
  expect(files.map(({ path }) => path)).not.toContain(`${NAME}/events.tsv`);
});

test('nothing is smoothed or scaled, and masks are not reduced to one connected part', () => {
  const script = textOf(nilearn.write(makeStudy([one])), 'glm.py');
  for (const setting of ['smoothing_fwhm=None', 'standardize=False', 'signal_scaling=False'])
    expect(script).toContain(setting);
  expect(script).toContain('threshold=1, connected=False');
  expect(script).toContain('noise_model="ols"');
  const serial = nilearn.write(makeStudy([one], { noise: 'serial' }));
  expect(textOf(serial, 'glm.py')).toContain('noise_model="ar1"');
});

describe('design native', () => {
  const write = (run: HandoffRun) => nilearn.write(makeStudy([run], { design: 'native' }));

  test('events in order with their heights; confounds without drifts and constant', () => {
    const [a, b, c] = one.conditions;
    const high = { ...b, events: b.events.map((event) => ({ ...event, modulation: 2 })) };
    const files = write({ ...one, conditions: [a, high, c] });
    const { columns, rows } = parseTsv(textOf(files, `${NAME}/events.tsv`), 'events.tsv');
    expect(columns).toEqual(['onset', 'duration', 'trial_type', 'modulation']);
    expect(rows[0]).toEqual(['5', '8', 'b', '2']);
    expect(rows).toHaveLength(a.events.length + b.events.length + c.events.length);
    const onsets = rows.map(([onset]) => Number(onset));
    expect(onsets).toEqual([...onsets].sort((x, y) => x - y));
    const confounds = parseTsv(textOf(files, `${NAME}/confounds.tsv`), 'confounds.tsv');
    expect(confounds.columns).toEqual(
      one.design.names.filter((name) => !['a', 'b', 'c', 'drift_1', 'constant'].includes(name)),
    );
  });

  test('response, drift and sampling in words of nilearn', () => {
    const cosine = { highPass: 0.008, hrf: 'spm + derivative', sliceTimeRef: 0.5 } as const;
    const script = textOf(write(goldenRun(1, cosine)), 'glm.py');
    for (const setting of [
      'slice_time_ref=0.5,',
      'hrf_model="spm + derivative",',
      'drift_model="cosine",',
      'high_pass=0.008,',
    ])
      expect(script).toContain(setting);
    const atOnce = textOf(write(one), 'glm.py');
    expect(atOnce).toContain('hrf_model=None,');
    expect(atOnce).toContain('drift_model="polynomial",\n        drift_order=1,');
  });
});

describe('what nilearn cannot be told is refused', () => {
  const refused = (runs: readonly HandoffRun[], native = false) =>
    nilearn
      .refusals(makeStudy(runs, { design: native ? 'native' : 'exact' }))
      .map(({ given }) => given);

  test('nothing of runs that fit', () => {
    expect([...refused([one, two]), ...refused([one, two], true)]).toEqual([]);
  });

  test('names of contrasts that are no BIDS labels', () => {
    const contrasts = { t: [contrastOf('a minus b', { a: 1, b: -1 })], f: [] };
    expect(refused([{ ...one, contrasts }])).toEqual([`${NAME}: the contrast name 'a minus b'`]);
  });

  test('several responses, in design native', () => {
    const [a, ...rest] = one.conditions;
    const response = { ...a.response, model: 'spm' } as const;
    const mixed = { ...one, conditions: [{ ...a, response }, ...rest] };
    expect(refused([mixed], true)).toEqual(['conditions with 2 different responses']);
    expect(refused([mixed])).toEqual([]);
  });

  test('runs of one group on different grids', () => {
    expect(refused([one, { ...two, shape: [9, 9, 9] }])).toEqual([
      'sub-01_task-x: runs whose grids are 5 x 4 x 3 and 9 x 9 x 9',
    ]);
  });
});
