import { expect, test } from 'vitest';
import type { Series } from '../../../src/core/series.js';
import { makeDesign } from '../../../src/glm/design/design.js';
import { frameTimesOf } from '../../../src/glm/design/frame-times.js';
import { fitGlm } from '../../../src/glm/fit/fit.js';

const UNITS = 5000;
const BLOCK = 20;

/** Noise made as it is read, and the most memory seen meanwhile, in MB. */
function generated(volumes: number): { series: Series; peak: () => number } {
  let peak = 0;
  let state = 1;
  const values = new Float32Array(BLOCK * UNITS);
  async function* blocks() {
    for (let first = 0; first < volumes; first += BLOCK) {
      for (let i = 0; i < values.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        values[i] = state;
      }
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      peak = Math.max(peak, (arrayBuffers + heapUsed) / 1e6);
      yield { first, volumes: BLOCK, values };
    }
  }
  return { series: { volumes, units: UNITS, blocks }, peak: () => peak };
}

async function peakOfFit(volumes: number): Promise<number> {
  const { series, peak } = generated(volumes);
  const design = makeDesign({
    events: [{ onset: 100, duration: 500, trialType: 'task' }],
    frameTimes: frameTimesOf({ volumes, repetitionTime: 1 }),
  });
  await fitGlm({ series, design, noise: 'ar1' });
  return peak();
}

test('memory does not grow with the number of volumes', async () => {
  await peakOfFit(1000);
  const short = await peakOfFit(2000);
  const long = await peakOfFit(20_000);
  // The 18,000 volumes more would be 360 MB; the design's own rows and uncollected garbage are less.
  expect(long - short).toBeLessThan(80);
}, 20_000);
