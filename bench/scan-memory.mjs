/**
 * Peak memory of recording to disk against the number of volumes, beside plain generation by
 * Transformers.js, each in a process of its own. Usage: node bench/scan-memory.mjs MODEL
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoModelForCausalLM, AutoTokenizer } from '@huggingface/transformers';
import { recordStudy, silentProgress } from '../dist/index.js';

const [model, mode, tokens = '16', batch = '1'] = process.argv.slice(2);
const TEXTS = Array.from({ length: 16 }, (_, i) => `The doctor looked at scan ${i} of the patient`);

async function plain() {
  const loaded = await AutoModelForCausalLM.from_pretrained(model, { dtype: 'fp32' });
  const tokenizer = await AutoTokenizer.from_pretrained(model);
  const length = { min_new_tokens: Number(tokens), max_new_tokens: Number(tokens) };
  for (const text of TEXTS) await loaded.generate({ ...tokenizer(text), ...length });
}

async function record() {
  const folder = mkdtempSync(join(tmpdir(), 'boldbridge-bench-'));
  try {
    writeFileSync(join(folder, 'on.txt'), TEXTS.slice(0, 8).join('\n'));
    writeFileSync(join(folder, 'off.txt'), TEXTS.slice(8).join('\n'));
    const lines = {
      name: 'Memory',
      model,
      subject: 'one',
      tokens,
      seed: '1',
      sampling: '{ do_sample: false }',
      blocks: '{ pattern: [off, on], cycles: 1, prompts: { on: 8, off: 8 } }',
      rest: 'off.txt',
      tasks: '{ on: { prompts: on.txt } }',
    };
    const study = join(folder, 'study.yaml');
    const text = Object.entries(lines).map(([key, value]) => `${key}: ${value}`);
    writeFileSync(study, text.join('\n'));
    await recordStudy({
      study,
      root: join(folder, 'out'),
      force: false,
      batch: Number(batch),
      progress: silentProgress,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (mode) {
  await (mode === 'plain' ? plain() : record());
  console.log(process.resourceUsage().maxRSS / 1024);
} else {
  console.log('| | batch | volumes | peak MB |\n|---|---|---|---|');
  const cases = [
    ['plain', '8', '1'],
    ['plain', '64', '1'],
    ['record', '8', '1'],
    ['record', '64', '1'],
    ['record', '8', '8'],
    ['record', '64', '8'],
  ];
  for (const [name, length, size] of cases) {
    const args = [import.meta.filename, model, name, length, size];
    const peak = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    console.log(`| ${name} | ${size} | ${16 * Number(length)} | ${peak.toFixed(0)} |`);
  }
}
