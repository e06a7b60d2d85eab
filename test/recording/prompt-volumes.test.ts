import { expect, test } from 'vitest';
import type { Recording } from '../../src/core/recording.js';
import { makeDesign } from '../../src/glm/design/design.js';
import { frameTimesOf } from '../../src/glm/design/frame-times.js';
import { promptVolumes } from '../../src/recording/prompt-volumes.js';
import { collect } from '../image/collect.js';
import { decoderModules, seriesOfValues, simulateRecording } from '../workflow/simulate.js';

/** Three units over prompts of 2, 4 and 1 tokens, then two volumes of no prompt; unit u is k + 10 u. */
const volumesOf = [0, 0, 1, 1, 1, 1, 2, Number.NaN, Number.NaN];
const base = simulateRecording({ prompts: 3, tokens: 3 });
const values = Float32Array.from({ length: 27 }, (_, i) => Math.floor(i / 3) + 10 * (i % 3));
const recording: Recording = {
  ...base,
  volumes: base.volumes.map((volume, k) => ({ ...volume, prompt: volumesOf[k] })),
  series: seriesOfValues(values, 3, 2),
};
const durations = (seconds: readonly number[]): Recording => ({
  ...recording,
  stimuli: recording.stimuli.map(({ event, text }, p) => ({
    event: { ...event, duration: seconds[p] },
    text,
  })),
});

test('a volume is the mean of its prompt; volumes of no prompt are left out', async () => {
  const { series, volumes } = promptVolumes(recording);
  expect([series.volumes, series.units, volumes.length]).toEqual([3, 3, 3]);
  expect([...(await collect(series))]).toEqual([0.5, 10.5, 20.5, 3.5, 13.5, 23.5, 6, 16, 26]);
  const entropies = recording.volumes.slice(2, 6).map(({ entropy }) => entropy);
  expect(volumes[1].entropy).toBeCloseTo(entropies.reduce((a, b) => a + b) / 4, 12);
});

test('the last n tokens are averaged, all of a prompt that has fewer', async () => {
  const { series } = promptVolumes(recording, 2);
  expect([...(await collect(series))]).toEqual([0.5, 10.5, 20.5, 4.5, 14.5, 24.5, 6, 16, 26]);
});

test('a volume lasts as long as each prompt did, or 1 s where they differ or nilearn would smear boxcars; events follow', () => {
  const same = promptVolumes(durations([3.75, 3.75, 3.75]));
  expect(same.repetitionTime).toBe(3.75);
  expect(same.stimuli.map(({ event }) => [event.onset, event.duration])).toEqual([
    [0, 3.75],
    [3.75, 3.75],
    [7.5, 3.75],
  ]);
  expect(same.stimuli.map(({ event }) => event.prompt)).toEqual(['p1', 'p2', 'p3']);
  expect(promptVolumes(durations([4.5, 4.5, 4.5])).repetitionTime).toBe(1); // 1200 / 4.5 is not whole
  const different = promptVolumes(durations([1, 2, 0.5]));
  expect(different.repetitionTime).toBe(1);
  expect(different.volumes.map(({ onset }) => onset)).toEqual([0, 1, 2]);
});

test.each([
  ['data/prompt-in-pieces', [0, 1, 0, 2, 2, 2, 2, 2, 2]],
  ['data/prompt-without-event', [0, 0, 0, 1, 1, 1, 7, 7, 7]],
  ['data/no-prompts', Array<number>(9).fill(Number.NaN)],
])('%s is refused', (code, prompts) => {
  const wrong = recording.volumes.map((volume, k) => ({ ...volume, prompt: prompts[k] }));
  expect(() => promptVolumes({ ...recording, volumes: wrong })).toThrow(
    expect.objectContaining({ code }),
  );
});

test.each([5, 40, 41, 97, 160, 333, 1000])(
  '%i prompts: the regressor of every prompt is 1 at its volume and 0 elsewhere',
  (prompts) => {
    const many = simulateRecording({ prompts, tokens: 2, modules: decoderModules(1, 2) });
    const { repetitionTime, stimuli } = promptVolumes({
      ...many,
      stimuli: many.stimuli.map(({ event, text }) => ({ event: { ...event, duration: 12 }, text })),
    });
    const { names, values } = makeDesign({
      events: stimuli.map(({ event }) => event),
      frameTimes: frameTimesOf({ volumes: prompts, repetitionTime }),
      hrf: 'none',
      drift: { model: 'none' },
      confounds: [],
      conditions: ['pathology'],
    });
    stimuli.forEach(({ event }, k) => {
      expect(values[k * names.length]).toBeCloseTo(event.trialType === 'pathology' ? 1 : 0, 6);
    });
  },
);
