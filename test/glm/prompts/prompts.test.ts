import { expect, test } from 'vitest';
import type { Event } from '../../../src/core/event.js';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { contrastMaps } from '../../../src/glm/contrast/contrast-maps.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';
import { promptMeans } from '../../../src/glm/prompts/prompt-means.js';
import { groupByPrompt, promptDesign } from '../../../src/glm/prompts/prompts.js';
import { seriesOf } from '../../golden/run.js';
import { normals } from '../simulate.js';

const prompt = (name: string, onset: number, duration: number, trialType = 'task'): Event => ({
  onset,
  duration,
  trialType,
  prompt: name,
});

async function rowsOf(series: ReturnType<typeof promptMeans>): Promise<number[][]> {
  const rows: number[][] = []; // [prompts][units]
  for await (const { volumes, values } of series.blocks()) {
    for (let v = 0; v < volumes; v++) {
      rows.push([...values.subarray(v * series.units, (v + 1) * series.units)]);
    }
  }
  return rows;
}

test('each row is the mean of a prompt, whatever the blocks, and the rest is left out', async () => {
  const frameTimes = frameTimesOf({ volumes: 7, repetitionTime: 0.1 });
  const groups = groupByPrompt({
    events: [prompt('p', 0.1, 0.2), prompt('q', 0.3, 0.3)],
    frameTimes,
  });
  expect([...groups.promptOf]).toEqual([-1, 0, 0, 1, 1, 1, -1]);
  const values = Float32Array.from({ length: 14 }, (_, i) => (i % 2 ? 10 : 1) * (i >> 1));
  for (const blockVolumes of [1, 2, 7]) {
    const series = promptMeans(seriesOf({ values, units: 2, blockVolumes }), groups);
    expect(series.volumes).toBe(2);
    expect(await rowsOf(series)).toEqual([
      [1.5, 15],
      [4, 40],
    ]);
  }
  const design = { names: ['x'], rows: 7, values: Float64Array.of(9, 1, 2, 3, 4, 5, 9) };
  expect(promptDesign(design, groups)).toEqual({
    names: ['x'],
    rows: 2,
    values: Float64Array.of(1.5, 4),
  });
});

test('a prompt that comes back is one sample; events without prompts are one each', async () => {
  const frameTimes = frameTimesOf({ volumes: 6, repetitionTime: 1 });
  const groups = groupByPrompt({
    events: [
      prompt('p', 0, 2),
      prompt('q', 2, 2),
      prompt('p', 4, 1),
      { onset: 5, duration: 1, trialType: 'a' },
    ],
    frameTimes,
  });
  expect(groups.prompts).toEqual(['q', 'p', 'event at 5 s']);
  const values = Float64Array.of(1, 2, 3, 4, 6, 8);
  expect(await rowsOf(promptMeans(seriesOf({ values, units: 1 }), groups))).toEqual([
    [3.5],
    [3],
    [8],
  ]);
});

test.each([
  ['events/overlap', [prompt('p', 0, 3), prompt('q', 2, 2)]],
  ['events/no-volume', [prompt('p', 0, 3), prompt('q', 3.2, 0.5)]],
])('refuses with %s', (code, events) => {
  const frameTimes = frameTimesOf({ volumes: 6, repetitionTime: 1 });
  expect(() => groupByPrompt({ events, frameTimes })).toThrow(expect.objectContaining({ code }));
});

// facts/validity: tokens of one prompt share its level, so tokens are no sample, prompts are.
test('without an effect, prompts as the sample keep the false positive rate, tokens do not', async () => {
  const [prompts, tokens, units, icc] = [120, 16, 2000, 0.25];
  const levels = normals(prompts * units, 5); // [prompts, units]
  const values = normals(prompts * tokens * units, 6); // [prompts, tokens, units]
  for (let i = 0; i < values.length; i++) {
    const level = levels[Math.floor(i / (tokens * units)) * units + (i % units)];
    values[i] = Math.sqrt(1 - icc) * values[i] + Math.sqrt(icc) * level;
  }
  const series = seriesOf({ values, units });
  const frameTimes = frameTimesOf({ volumes: prompts * tokens, repetitionTime: 1 });
  const events = Array.from({ length: prompts }, (_, k) =>
    prompt(`p${k}`, k * tokens, tokens, Math.floor(k / 4) % 2 ? 'on' : 'off'),
  );
  const design = makeDesign({
    events,
    frameTimes,
    conditions: ['on'],
    drift: { model: 'cosine', highPass: 3 / (prompts * tokens) },
  });
  const groups = groupByPrompt({ events, frameTimes });

  const rate = async (options: Parameters<typeof fitGlm>[0]) => {
    const fit = await fitGlm(options);
    const { z } = contrastMaps(fit, parseContrast('on', fit.names));
    return z.filter((value) => Math.abs(value) > 1.959964).length / units;
  };
  const byPrompt = await rate({
    series: promptMeans(series, groups),
    design: promptDesign(design, groups),
    noise: 'ols',
  });
  const byToken = await rate({ series, design, noise: 'ar1' });
  const fourSd = 4 * Math.sqrt((0.05 * 0.95) / units);
  expect(Math.abs(byPrompt - 0.05)).toBeLessThan(fourSd);
  expect(byToken).toBeGreaterThan(0.15);
}, 20_000);
