import { describe, expect, test } from 'vitest';
import type { HandoffRun, HandoffStudy } from '../../../src/core/handoff.js';
import { spm } from '../../../src/tools/spm/spm.js';
import { goldenRun } from '../golden-run.js';
import { contrastOf, makeStudy } from '../study.js';
import { NAME } from './formats.js';

const [one, two] = [goldenRun(1), goldenRun(2)];

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
