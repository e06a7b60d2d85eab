import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HandoffFile, HandoffRun, HandoffStudy } from '../../../src/core/handoff.js';
import { sessionOf, weightsIn } from '../../../src/tools/spm/session.js';
import { spm } from '../../../src/tools/spm/spm.js';
import { columnOf } from '../../../src/tools/weights.js';
import { firRun, goldenRun } from '../golden-run.js';
import { contrastOf, makeStudy, textOf } from '../study.js';
import { assignments, cellsOf, mat, NAME, numbersOf, textsOf } from './formats.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-spm-'));
});
afterAll(() => rm(folder, { recursive: true }));

const one = goldenRun(1);

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
    const file = await mat(folder, files, `${NAME}/conditions.mat`);
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
    const file = await mat(folder, files, `${NAME}/regressors.mat`);
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
