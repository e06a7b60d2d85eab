/**
 * What recording costs: generation by plain Transformers.js beside the scanner's, each in a process of
 * its own, in turn. Usage: node bench/scan.mjs MODEL [tokens] [rounds]
 */
import { execFileSync } from 'node:child_process';
import { AutoModelForCausalLM, AutoTokenizer, random } from '@huggingface/transformers';
import * as bb from '../dist/index.js';

const [folder, tokens = '48', rounds = '5', mode] = process.argv.slice(2);
const N = Number(tokens);
const TEXTS = [
  'The doctor looked at the scan of the patient and',
  'In the second trench the diggers found a',
  'Voters in the north of the country have',
  'The skull lay in a thin layer of clay',
  'A small tumor was seen in the left lobe',
  'Stir the sauce until it is thick and then',
  'The train was late again because of the',
  'In most democracies the parliament can',
];

async function plain() {
  const model = await AutoModelForCausalLM.from_pretrained(folder, { dtype: 'fp32' });
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  const one = (text) =>
    model.generate({
      ...tokenizer(text),
      do_sample: true,
      top_k: 40,
      min_new_tokens: N,
      max_new_tokens: N,
    });
  await one(TEXTS[0]);
  const began = performance.now();
  for (const [i, text] of TEXTS.entries()) {
    random.seed(i);
    await one(text);
  }
  return (performance.now() - began) / (N * TEXTS.length);
}

async function scan(kind) {
  const source = await bb.locateModel(folder);
  const skeleton = await bb.readSkeleton(source.file);
  const found = await bb.findModules(source, skeleton);
  const chosen = kind === 'residual' ? found.filter((m) => m.kind === 'residual') : found;
  const modules = bb.placeUnits(chosen).map((m, i) => ({ ...chosen[i], ...m }));
  const loaded = await bb.loadTapped(source, { skeleton, modules });
  await bb.planBatches(loaded, { batch: TEXTS.length });
  const sampling = { do_sample: true, top_k: 40 };
  const row = new Float32Array(bb.unitCount(modules));
  const run = (texts) =>
    bb.scanGenerate(loaded, {
      prompts: texts.map((text, seed) => ({ text, seed })),
      tokens: N,
      sampling,
      onVolumes(volumes) {
        for (const { rows } of volumes) row.set(rows[0]);
      },
    });
  await run([TEXTS[0]]);
  const began = performance.now();
  if (kind === 'batch') await run(TEXTS);
  else for (const text of TEXTS) await run([text]);
  return (performance.now() - began) / (N * TEXTS.length);
}

async function read() {
  const source = await bb.locateModel(folder);
  const skeleton = await bb.readSkeleton(source.file);
  const modules = await bb.findModules(source, skeleton);
  const loaded = await bb.loadTapped(source, { skeleton, modules, mode: 'read' });
  const plan = await bb.planBatches(loaded);
  const texts = Array.from({ length: 32 }, (_, i) =>
    `${TEXTS[i % 8]} ${TEXTS[(i + 3) % 8]}. `.repeat(2),
  );
  const { tokensPerPass } = plan;
  let volumes = 0;
  const row = new Float32Array(bb.unitCount(modules));
  const onVolumes = (shown) => {
    for (const { rows } of shown) {
      for (const values of rows) row.set(values);
      volumes += rows.length;
    }
  };
  const run = async () => {
    for (const batch of plan.batches(texts)) {
      const own = batch.map((i) => texts[i]);
      await bb.scanRead(loaded, { texts: own, tokensPerPass, onVolumes });
    }
  };
  await run();
  volumes = 0;
  const began = performance.now();
  await run();
  return (performance.now() - began) / volumes;
}

if (mode) {
  const measure = { plain, read }[mode] ?? (() => scan(mode));
  console.log(await measure());
} else {
  const modes = ['plain', 'all', 'residual', 'batch', 'read'];
  const times = Object.fromEntries(modes.map((name) => [name, []]));
  for (let round = 0; round < Number(rounds); round++) {
    for (const name of modes) {
      const args = [import.meta.filename, folder, tokens, rounds, name];
      times[name].push(Number(execFileSync(process.execPath, args, { encoding: 'utf8' })));
    }
  }
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  const last = median(times.read.map((t, i) => times.all[i] / t));
  console.log(
    `read: ${last.toFixed(1)} times the volumes a second of generating one prompt at a time\n`,
  );
  console.log('| | ms a volume | of plain |\n|---|---|---|');
  for (const name of modes) {
    const ratio = median(times[name].map((t, i) => t / times.plain[i]));
    console.log(`| ${name} | ${median(times[name]).toFixed(2)} | ${ratio.toFixed(2)} |`);
  }
}
