/**
 * What `boldbridge glm` costs by units, volumes and mask: noise in a .nii file, AR(1), the whole command.
 * Processor seconds, which other work on the machine disturbs least, the best of the rounds.
 * Usage: node bench/glm-cost.mjs [rounds=2] [gigabytes of disk=5]
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeHeader } from '../dist/image/image-header.js';
import { writeMap } from '../dist/image/write-nifti.js';
import { makeRandom } from '../dist/math/random.js';

const [rounds = 2, gigabytes = 5] = process.argv.slice(2).map(Number);
const bin = join(import.meta.dirname, '..', 'bin', 'boldbridge.js');
const folder = mkdtempSync(join(tmpdir(), 'boldbridge-cost-'));
const affine = [
  [3, 0, 0, 0],
  [0, 3, 0, 0],
  [0, 0, 3, 0],
];
const TR = 1;
const SHAPES = [
  [25, 20, 20],
  [50, 50, 40],
  [100, 100, 100],
];
const VOLUMES = [250, 1000, 4000];
const unitsOf = (shape) => shape.reduce((product, size) => product * size, 1);

/** A dataset of noise: volumes drawn again and again from a few, which costs the fit the same. */
function makeDataset(shape, volumes) {
  const root = join(folder, `${unitsOf(shape)}x${volumes}`);
  const func = join(root, 'sub-01', 'func');
  mkdirSync(func, { recursive: true });
  const name = (rest) => join(func, `sub-01_task-see_run-1_${rest}`);
  const random = makeRandom(1);
  const pool = Array.from({ length: 7 }, () =>
    Float32Array.from({ length: unitsOf(shape) }, () => 1000 + 30 * random.uniform()),
  );
  const time = { volumes, repetitionTime: TR };
  const file = openSync(name('bold.nii'), 'w');
  writeSync(file, encodeHeader({ shape, affine, dtype: 'float32', time }));
  for (let v = 0; v < volumes; v++) writeSync(file, pool[random.integer(pool.length)]);
  closeSync(file);
  const onsets = Array.from({ length: Math.floor(volumes / 20) - 1 }, (_, i) => 20 * i);
  const rows = onsets.map((onset) => `${onset}\t10\ttask\n`).join('');
  writeFileSync(name('events.tsv'), `onset\tduration\ttrial_type\n${rows}`);
  writeFileSync(name('bold.json'), JSON.stringify({ RepetitionTime: TR, TaskName: 'see' }));
  const about = { Name: 'noise', BIDSVersion: '1.10.0' };
  writeFileSync(join(root, 'dataset_description.json'), JSON.stringify(about));
  return root;
}

/** A mask of every unit but those after a share of them. */
async function makeMask(shape, share) {
  const path = join(folder, `mask-${unitsOf(shape)}-${share}.nii.gz`);
  const voxelOfUnit = Int32Array.from({ length: unitsOf(shape) }, (_, i) => i);
  const values = voxelOfUnit.map((i) => Number((i * 7919) % 100 < share));
  await writeMap(path, { grid: { shape, affine, voxelOfUnit }, values, dtype: 'uint8' });
  return path;
}

/** The best processor seconds of the rounds, and the peak in MB. */
function costOf(root, mask) {
  const log = join(folder, 'time.log');
  const model = '--inference volumes --noise ar1 --drift polynomial --drift-order 5'.split(' ');
  const args = [
    bin,
    'glm',
    root,
    join(folder, 'out'),
    '--mask',
    mask,
    ...model,
    '--quiet',
    '--force',
  ];
  const runs = Array.from({ length: rounds }, () => {
    const run = spawnSync('/usr/bin/time', [
      '-f',
      '%U %S %M',
      '-o',
      log,
      process.execPath,
      ...args,
    ]);
    if (run.status !== 0) throw new Error(String(run.stderr));
    const [user, system, kilobytes] = readFileSync(log, 'utf8').trim().split(' ').map(Number);
    return { cpu: user + system, peak: kilobytes / 1024 };
  });
  return runs.reduce((best, run) => (run.cpu < best.cpu ? run : best));
}

try {
  console.log(
    '| units | volumes | data MB | CPU s | ns a value | peak MB |\n|---|---|---|---|---|---|',
  );
  const table = (name, values, { cpu, peak }) =>
    console.log(
      `| ${name} | ${((4 * values) / 1e6).toFixed(0)} | ${cpu.toFixed(2)} | ${((cpu * 1e9) / values).toFixed(1)} | ${peak.toFixed(0)} |`,
    );
  for (const shape of SHAPES) {
    const mask = await makeMask(shape, 100);
    for (const volumes of VOLUMES) {
      const values = unitsOf(shape) * volumes;
      if (4 * values > gigabytes * 1e9) {
        console.log(
          `| ${unitsOf(shape)} | ${volumes} | left out: more than ${gigabytes} GB of disk |`,
        );
        continue;
      }
      const root = makeDataset(shape, volumes);
      table(`${unitsOf(shape)} | ${volumes}`, values, costOf(root, mask));
      if (volumes === 1000 && shape === SHAPES[2]) {
        for (const share of [50, 10]) {
          const part = costOf(root, await makeMask(shape, share));
          table(`${share} % of ${unitsOf(shape)} | ${volumes}`, values, part);
        }
      }
      rmSync(root, { recursive: true });
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
