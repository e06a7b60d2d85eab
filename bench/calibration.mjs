/**
 * False positives on real recordings without an effect: the rest prompts of all runs in random order,
 * labelled on and off in alternating blocks of four. Usage: node bench/calibration.mjs RECORDINGS [shuffles]
 */
import {
  applyThreshold,
  contrastMaps,
  fitGlm,
  frameTimesOf,
  groupByPrompt,
  makeDesign,
  openRecordings,
  parseContrast,
  promptDesign,
  promptMeans,
} from '../dist/index.js';
import { makeRandom } from '../dist/math/random.js';

const [root, shuffles = '10'] = process.argv.slice(2);
const ALPHA = 0.05;
const random = makeRandom(1);
const recordings = await openRecordings(root);
console.error(`${recordings.length} runs, ${recordings[0].series.units} units`);

/** The rows of each rest prompt of all runs. */
async function restPrompts(recordings) {
  const rows = [];
  for (const { series, volumes, stimuli } of recordings) {
    const own = new Map();
    for await (const block of series.blocks()) {
      for (let v = 0; v < block.volumes; v++) {
        const { prompt } = volumes[block.first + v];
        if (stimuli[prompt].event.trialType !== 'rest') continue;
        const kept = own.get(prompt) ?? [];
        own.set(prompt, kept);
        kept.push(block.values.slice(v * series.units, (v + 1) * series.units));
      }
    }
    rows.push(...own.values());
  }
  return rows;
}

function shuffled(prompts, units) {
  const order = random.shuffle(prompts);
  const tokens = order[0].length;
  const events = order.map((_, n) => ({
    onset: n * tokens,
    duration: tokens,
    trialType: Math.floor(n / 4) % 2 ? 'on' : 'rest',
    prompt: `p${n}`,
  }));
  const volumes = order.length * tokens;
  const series = {
    volumes,
    units,
    async *blocks() {
      for (const [n, rows] of order.entries()) {
        for (const [k, values] of rows.entries()) {
          yield { first: n * tokens + k, volumes: 1, values };
        }
      }
    },
  };
  return { series, events };
}

const methods = {
  'OLS on volumes': { sample: 'volumes', noise: 'ols' },
  'AR(1) on volumes': { sample: 'volumes', noise: 'ar1' },
  'one mean per prompt (default)': { sample: 'prompts', noise: 'ols' },
};
const rates = Object.fromEntries(Object.keys(methods).map((name) => [name, []]));
const prompts = await restPrompts(recordings);
console.error(`${prompts.length} rest prompts of ${prompts[0].length} volumes`);
for (let s = 0; s < Number(shuffles); s++) {
  const { series, events } = shuffled(prompts, recordings[0].series.units);
  const frameTimes = frameTimesOf({ volumes: series.volumes, repetitionTime: 1 });
  const design = makeDesign({ events, frameTimes, conditions: ['on'] });
  const groups = groupByPrompt({ events, frameTimes });
  for (const [name, { sample, noise }] of Object.entries(methods)) {
    const over = sample === 'prompts';
    const own = over ? promptDesign(design, groups) : design;
    const fit = await fitGlm({
      series: over ? promptMeans(series, groups) : series,
      design: own,
      noise,
    });
    const { z } = contrastMaps(fit, parseContrast('on', own.names));
    rates[name].push(applyThreshold({ z, rule: { method: 'fpr', alpha: ALPHA } }).count / z.length);
  }
}
console.log(
  `| method | false positives at ${ALPHA} | sd over ${shuffles} shuffles |\n|---|---|---|`,
);
for (const [name, values] of Object.entries(rates)) {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const sd = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1));
  console.log(`| ${name} | ${mean.toFixed(3)} | ${sd.toFixed(3)} |`);
}
