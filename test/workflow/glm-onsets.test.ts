import { expect, test } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { groupByPrompt, promptDesign } from '../../src/glm/prompts/prompts.js';
import { runDesign } from '../../src/workflow/glm/design/run-design.js';
import type { RunInput } from '../../src/workflow/glm/inputs/run-input.js';
import type { Inference } from '../../src/workflow/glm/model/request.js';
import { specify } from '../../src/workflow/glm/model/specify.js';
import { seriesOfValues } from './simulate.js';

const PROMPTS = 40;

function runOf(tokens: number, repetitionTime: number): RunInput {
  const duration = tokens * repetitionTime;
  const events = Array.from({ length: PROMPTS }, (_, n): Event => {
    const trialType = Math.floor(n / 4) % 2 ? 'on' : 'rest';
    return { onset: n * duration, duration, trialType, prompt: `p${n}` };
  });
  const nothing = async () => [];
  return {
    entities: {},
    repetitionTime,
    events,
    series: seriesOfValues(new Float32Array(PROMPTS * tokens), 1),
    grid: {
      shape: [1, 1, 1],
      affine: [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
      ],
      voxelOfUnit: Int32Array.of(0),
    },
    source: 'run',
    confounds: nothing,
    confoundNames: nothing,
    modules: async () => null,
  };
}

/** How many prompts' means of the boxcar are neither 0 nor 1, over many lengths and times. */
async function crooked(inference: Inference): Promise<number> {
  const request = {
    inference,
    confounds: [],
    contrasts: [],
    baseline: 'rest',
    rule: { method: 'fdr', alpha: 0.05 },
    sliceTimeRef: 0,
  } as const;
  let found = 0;
  for (const repetitionTime of [0.5, 0.7, 1, 1.1, 1.5, 2, 2.4]) {
    for (let tokens = 1; tokens <= 24; tokens++) {
      const input = runOf(tokens, repetitionTime);
      const { design, frameTimes } = await runDesign(input, specify(request, true));
      const groups = groupByPrompt({ events: input.events, frameTimes });
      const means = promptDesign(design, groups);
      for (let p = 0; p < PROMPTS; p++) {
        const own = means.values[p * means.names.length];
        const expected = input.events[p].trialType === 'on' ? 1 : 0;
        if (Math.abs(own - expected) > 1e-12) found++;
      }
    }
  }
  return found;
}

test('where prompts are the sample, every prompt is wholly on or off', async () => {
  expect(await crooked('prompts')).toBe(0);
});

test('over volumes the design stays nilearn’s, which misses some onsets by rounding', async () => {
  expect(await crooked('volumes')).toBeGreaterThan(0);
});
