/**
 * What fitting while recording adds to the scanner's time, batch by batch: each is scanned twice, once with
 * nothing kept and once with the fit, in turns, so that what else slows the machine slows both.
 * Usage: node bench/live-pairs.mjs MODEL [tokens] [rounds] [batch] [prompts, a multiple of 32]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as bb from '../dist/index.js';
import { loadStudy } from '../dist/study/load.js';
import { planStudy } from '../dist/study/plan.js';
import { fitLive, openLive } from '../dist/workflow/live.js';
import { FITS, SAMPLING, textsOf, writeStudy } from './live-study.mjs';

const [model, tokens = '24', rounds = '4', batch = '8', prompts = '96'] = process.argv.slice(2);
const fits = Object.keys(FITS);

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Milliseconds of each batch without and with the fit // [batches] of { bare, live, fitting } */
async function fitPairs(loaded, { modules, plan, planned, root, fit }) {
  const pairs = [];
  const live = await openLive(
    { model: fit, out: join(root, 'fit'), save: false, command: 'bench' },
    { root, force: true, resume: false },
  );
  const record = async ({ run }, { onStretches, memory }) => {
    const batches = plan.batches(run.prompts.map(({ stimulus }) => stimulus.text));
    for (const [b, own] of batches.entries()) {
      const scanned = own.map((p) => run.prompts[p]);
      const how = {
        prompts: scanned.map(({ stimulus, seed }) => ({ text: stimulus.text, seed })),
        tokens: Number(tokens),
        sampling: SAMPLING,
      };
      const pair = { bare: 0, live: 0, fitting: 0 };
      const onVolumes = async (volumes) => {
        const stretches = volumes.map((own) => ({
          first: scanned[own.prompt].first + own.first,
          rows: own.rows,
        }));
        pair.fitting += await timed(() => onStretches(stretches));
      };
      const ways = {
        bare: () => bb.scanGenerate(loaded, { ...how, onVolumes() {} }),
        live: () => bb.scanGenerate(loaded, { ...how, memory, onVolumes }),
      };
      const order = b % 2 === 0 ? ['bare', 'live'] : ['live', 'bare'];
      for (const way of order) pair[way] = await timed(ways[way]);
      pairs.push(pair);
    }
  };
  await fitLive(live, {
    runs: planned.map((run) => ({ run, recording: null })),
    modules,
    model: { name: 'bench' },
    repetitionTime: 1,
    abreast: plan.abreast,
    contextStart: () => 0,
    record,
  });
  return pairs;
}

const folder = mkdtempSync(join(tmpdir(), 'boldbridge-bench-'));
try {
  const { study, models } = writeStudy(folder, { model, tokens, texts: textsOf(Number(prompts)) });
  const source = await bb.locateModel(model);
  const skeleton = await bb.readSkeleton(source.file);
  const modules = await bb.findModules(source, skeleton);
  const loaded = await bb.loadTapped(source, { skeleton, modules });
  const plan = await bb.planBatches(loaded, { batch: Number(batch) });
  const planned = planStudy(await loadStudy(study));
  const found = Object.fromEntries(fits.map((fit) => [fit, []]));
  for (let round = 0; round <= Number(rounds); round++) {
    for (const fit of fits) {
      const how = { modules, plan, planned, root: folder, fit: models[fit] };
      const pairs = await fitPairs(loaded, how);
      if (round > 0) found[fit].push(pairs); // the first one warms up
    }
  }
  const sum = (pairs, key) => pairs.reduce((all, own) => all + own[key], 0);
  const ratio = (pairs) => sum(pairs, 'live') / sum(pairs, 'bare');
  console.log(
    '| fit | batch | pairs | with / without | rounds from, to | adding alone | ms a volume without |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const [fit, byRound] of Object.entries(found)) {
    const all = byRound.flat();
    const each = byRound.map(ratio).sort((a, b) => a - b);
    const volumes = Number(prompts) * Number(tokens) * byRound.length;
    const cells = [
      ...[fit, batch, all.length, ratio(all).toFixed(3)],
      `${each[0].toFixed(3)}, ${each.at(-1).toFixed(3)}`,
      (sum(all, 'fitting') / sum(all, 'bare')).toFixed(3),
      (sum(all, 'bare') / volumes).toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  await loaded.release();
} finally {
  rmSync(folder, { recursive: true });
}
