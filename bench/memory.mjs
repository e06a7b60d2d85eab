/**
 * Peak memory of `boldbridge glm` against the number of volumes: the same units, ten times the volumes.
 * Each measurement is a process of its own. Usage: node bench/memory.mjs [units] [prompts]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeUnits } from '../dist/core/module.js';
import { makeRandom } from '../dist/math/random.js';
import { writeRecording } from '../dist/recording/write.js';

const [units = 50_000, prompts = 40] = process.argv.slice(2).map(Number);
const TOKENS = [5, 50];
const bin = join(import.meta.dirname, '..', 'bin', 'boldbridge.js');
const folder = mkdtempSync(join(tmpdir(), 'boldbridge-bench-'));

const provenance = {
  model: {
    id: 'noise',
    revision: '-',
    sha256: '-',
    dtype: 'fp32',
    architecture: '-',
    headWidth: 64,
  },
  seed: 1,
  sampling: {},
  tokenVolumeRule: 'generate',
  versions: {},
  fingerprint: null,
};

async function record(tokens) {
  const root = join(folder, `tokens-${tokens}`);
  const modules = placeUnits([
    { path: '/noise', depth: 0, kind: 'output', tensor: 'n', width: units },
  ]);
  const id = { subject: 'noise', session: null, task: 'a', run: 1 };
  const volumes = prompts * tokens;
  const plan = { id, taskDescription: null, repetitionTime: 1, modules, volumes, provenance };
  await writeRecording(root, plan, { force: false }, async (write) => {
    const random = makeRandom(1);
    const row = new Float32Array(units);
    for (let v = 0; v < volumes; v++) {
      for (let u = 0; u < units; u++) row[u] = random.uniform();
      await write(v, row);
    }
    const stimuli = Array.from({ length: prompts }, (_, p) => ({
      event: {
        onset: p * tokens,
        duration: tokens,
        trialType: p % 2 ? 'a' : 'rest',
        prompt: `p${p}`,
      },
      text: '-',
    }));
    const rows = Array.from({ length: volumes }, (_, k) => ({
      onset: k,
      prompt: Math.floor(k / tokens),
      position: k % tokens,
      contextPosition: k % tokens,
      inputToken: '-',
      outputToken: '-',
      logProbability: -1,
      entropy: 1,
    }));
    return { volumes: rows, stimuli };
  });
  return root;
}

function peak(args) {
  const log = join(folder, 'time.log');
  const run = spawnSync('/usr/bin/time', [
    '-v',
    '-o',
    log,
    process.execPath,
    bin,
    ...args,
    '--quiet',
    '--force',
  ]);
  if (run.status !== 0) throw new Error(String(run.stderr));
  const [, kilobytes] = /Maximum resident set size \(kbytes\): (\d+)/.exec(
    readFileSync(log, 'utf8'),
  );
  return Number(kilobytes) / 1024;
}

try {
  execFileSync('/usr/bin/time', ['--version'], { stdio: 'ignore' });
  console.log(`${units} units, ${prompts} prompts; peak resident memory in MB\n`);
  console.log('| from | sample | volumes | data MB | peak MB |\n|---|---|---|---|---|');
  for (const tokens of TOKENS) {
    const recordings = await record(tokens);
    const volumes = prompts * tokens;
    const data = (volumes * units * 4) / 2 ** 20;
    const dataset = join(folder, `dataset-${tokens}`);
    const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);
    for (const sample of ['prompts', 'volumes']) {
      const used = peak(['glm', recordings, join(folder, 'out'), '--inference', sample]);
      row('recording', sample, volumes, data.toFixed(0), used.toFixed(0));
    }
    row('', 'export', volumes, data.toFixed(0), peak(['export', recordings, dataset]).toFixed(0));
    const used = peak(['glm', dataset]);
    row(
      `.nii.gz (${(statSync(join(dataset, 'sub-noise/func/sub-noise_task-a_run-1_bold.nii.gz')).size / 2 ** 20).toFixed(0)} MB)`,
      'prompts',
      volumes,
      data.toFixed(0),
      used.toFixed(0),
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
