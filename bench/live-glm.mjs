/**
 * What fitting while recording costs: `record --live-glm` and plain Transformers.js, whole runs of each between
 * two of the scanner with nothing kept; and peak memory for ten times the volumes.
 * Usage: node bench/live-glm.mjs MODEL [tokens] [rounds] [batch,batch] [prompts, a multiple of 32]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoModelForCausalLM, AutoTokenizer, random } from '@huggingface/transformers';
import * as bb from '../dist/index.js';
import { SAMPLING, textsOf, writeStudy } from './live-study.mjs';

const [model, tokens = '24', rounds = '5', batches = '1,8', prompts = '32', way] =
  process.argv.slice(2);
const TEXTS = textsOf(Number(prompts));

/**
 * Processor time of JavaScript's thread, where scanner and accumulators run: steady on a shared machine,
 * and free of ONNX Runtime's threads, which spin while they wait. (Linux)
 */
const cpuMs = () =>
  Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;

/** Milliseconds of the scanner alone, after the trial passes that planning takes. */
async function generate(batch) {
  const source = await bb.locateModel(model);
  const skeleton = await bb.readSkeleton(source.file);
  const modules = await bb.findModules(source, skeleton);
  const loaded = await bb.loadTapped(source, { skeleton, modules });
  const plan = await bb.planBatches(loaded, { batch });
  const began = performance.now();
  const cpu = cpuMs();
  for (const own of plan.batches(TEXTS)) {
    const texts = own.map((i) => ({ text: TEXTS[i], seed: i }));
    const how = { prompts: texts, tokens: Number(tokens), sampling: SAMPLING, onVolumes() {} };
    await bb.scanGenerate(loaded, how);
  }
  const ms = performance.now() - began;
  return { generating: ms, whole: ms, cpu: cpuMs() - cpu };
}

/** Milliseconds of Transformers.js alone, one prompt after the other. */
async function plain() {
  const loaded = await AutoModelForCausalLM.from_pretrained(model, { dtype: 'fp32' });
  const tokenizer = await AutoTokenizer.from_pretrained(model);
  const length = { min_new_tokens: Number(tokens), max_new_tokens: Number(tokens) };
  const one = (text) => loaded.generate({ ...tokenizer(text), ...SAMPLING, ...length });
  await one(TEXTS[0]);
  const began = performance.now();
  const cpu = cpuMs();
  for (const [i, text] of TEXTS.entries()) {
    random.seed(i);
    await one(text);
  }
  const ms = performance.now() - began;
  return { generating: ms, whole: ms, cpu: cpuMs() - cpu };
}

/** Milliseconds of recording, until the last volume and until all is written. */
async function record(batch, fit, save) {
  const folder = mkdtempSync(join(tmpdir(), 'boldbridge-bench-'));
  try {
    const { study, models } = writeStudy(folder, { model, tokens, texts: TEXTS });
    const live = { model: models[fit], save, command: 'bench' };
    const clock = {};
    const progress = {
      start(what, { total }) {
        let left = total; // looking at the clock after every volume would cost more than the fit
        const mine = what.startsWith('Recording');
        const note = (moment) => {
          if (mine) clock[moment] = [performance.now(), cpuMs()];
        };
        note('began');
        const advance = (done = 1) => {
          left -= done;
          if (left === 0) note('last');
        };
        return { advance, finish: () => note('ended') };
      },
    };
    const how = { study, root: join(folder, 'out'), force: false, batch, progress };
    await bb.recordStudy({ ...how, ...(fit !== 'nothing' && { live }) });
    const { began, last, ended } = clock;
    return { generating: last[0] - began[0], whole: ended[0] - began[0], cpu: last[1] - began[1] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const WAYS = {
  'generating, nothing kept': (batch) => generate(batch),
  'plain Transformers.js, one by one': () => plain(),
  'record to disk': (batch) => record(batch, 'nothing', true),
  'live, prompt means': (batch) => record(batch, 'prompts', false),
  'live, prompt means, and to disk': (batch) => record(batch, 'prompts', true),
  'live, OLS on volumes': (batch) => record(batch, 'ols', false),
  'live, AR(1) on volumes': (batch) => record(batch, 'ar1', false),
  'live, AR(1) and a drift on volumes': (batch) => record(batch, 'drift', false),
  'live, cluster-robust': (batch) => record(batch, 'cluster', false),
  'live, cluster-robust with positions': (batch) => record(batch, 'position', false),
};

/** The kernel's own count: Node's resourceUsage begins with the parent's on some systems. */
const peakMb = () =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;

/**
 * Times of each way as ratios to the mean of the bare scanner's before and after, since the machine's own speed
 * changes in time; in one process, where runs of one way differ less than between two.
 */
async function betweenBare(batch) {
  const [bare, ...others] = Object.entries(WAYS);
  const found = Object.fromEntries(others.map(([name]) => [name, []]));
  const scan = () => bare[1](Number(batch));
  const all = [];
  for (let round = 0; round <= Number(rounds); round++) {
    let before = await scan();
    for (const [name, run] of others) {
      const own = await run(Number(batch));
      const after = await scan();
      const ratio = (key) => (2 * own[key]) / (before[key] + after[key]);
      const keys = ['generating', 'whole', 'cpu'];
      const ratios = Object.fromEntries(keys.map((key) => [key, ratio(key)]));
      if (round > 0) found[name].push(ratios); // the first one warms up
      all.push(after.generating);
      before = after;
    }
  }
  return { found, bare: all };
}

if (way) {
  await WAYS[way](Number(batches));
  console.log(peakMb());
} else {
  const median = (values) => {
    const [sorted, half] = [values.toSorted((a, b) => a - b), values.length / 2];
    return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
  };
  const names = Object.keys(WAYS);
  const volumes = TEXTS.length * Number(tokens);
  console.log('| | batch | of generating | with maps written | of its processor time |');
  console.log('|---|---|---|---|---|');
  for (const batch of batches.split(',')) {
    const { found, bare } = await betweenBare(batch);
    for (const [name, runs] of Object.entries(found)) {
      const ratio = (key) => {
        const all = runs.map((one) => one[key]);
        const [least, most] = [Math.min(...all), Math.max(...all)];
        return `${median(all).toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})`;
      };
      const cells = [name, batch, ratio('generating'), ratio('whole'), ratio('cpu')];
      console.log(`| ${cells.join(' | ')} |`);
    }
    console.log(`\nNothing kept: ${(median(bare) / volumes).toFixed(2)} ms a volume.\n`);
  }
  const peak = (name, length) => {
    const args = [import.meta.filename, model, length, '1', '8', prompts, name];
    return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  };
  console.log('\n| | batch | volumes | peak MB |\n|---|---|---|---|');
  for (const name of [names[0], ...names.filter((own) => own.startsWith('live'))]) {
    for (const length of ['6', '60']) {
      console.log(
        `| ${name} | 8 | ${TEXTS.length * Number(length)} | ${peak(name, length).toFixed(0)} |`,
      );
    }
  }
}
