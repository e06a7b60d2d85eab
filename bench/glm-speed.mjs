/**
 * `boldbridge glm` beside nilearn's FirstLevelModel on the same file in the same run: AR(1), 19 columns,
 * one contrast and its z map. nilearn's time is its fit, contrast and writing alone; boldbridge's is the
 * whole command, which writes all its maps. The floor is Node reading (and unpacking) the file, no more.
 * Usage: node bench/glm-speed.mjs PYTHON [rounds=3] [x,y,z=64,64,37] [volumes=1000]
 * PYTHON has nilearn (npm run test:interop installs .venv/bin/python). Takes 3 GB of disk.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { constants, createGunzip, createGzip } from 'node:zlib';

const CHUNK = 1 << 20;
const here = import.meta.dirname;
const script = join(here, 'glm-speed.py');
const bin = join(here, '..', 'bin', 'boldbridge.js');

if (process.argv[2] === 'floor') {
  await floor(process.argv[3]);
  process.exit();
}

/** Reads, and unpacks. */
async function floor(path) {
  const source = createReadStream(path, { highWaterMark: CHUNK });
  if (!path.endsWith('.gz')) for await (const _ of source);
  else
    await pipeline(source, createGunzip({ chunkSize: CHUNK }), async (bytes) => {
      for await (const _ of bytes);
    });
}

const [python, rounds = '3', shape = '64,64,37', volumes = '1000'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'boldbridge-speed-'));
const func = join(folder, 'sub-01', 'func');
const image = join(func, 'sub-01_task-see_run-1_bold');

/** Wall and processor seconds, peak resident megabytes, and what was printed. */
function measure(file, args) {
  const log = join(folder, 'time.log');
  const run = spawnSync('/usr/bin/time', ['-f', '%e %U %S %M', '-o', log, file, ...args]);
  if (run.status !== 0) throw new Error(String(run.stderr));
  const [wall, user, system, kilobytes] = readFileSync(log, 'utf8').trim().split(' ').map(Number);
  return { wall, cpu: user + system, peak: kilobytes / 1024, out: String(run.stdout) };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const middle = (runs, of) => median(runs.map(of));

async function compare(extension) {
  const path = image + extension;
  const out = join(folder, 'out');
  const z = join(folder, 'z.nii.gz');
  const mask = join(folder, 'mask-100.nii.gz');
  const events = join(func, 'sub-01_task-see_run-1_events.tsv');
  const own = join(
    out,
    'sub-01/func/sub-01_task-see_run-1_contrast-facesHouses_stat-z_statmap.nii.gz',
  );
  const flags = '--inference volumes --noise ar1 --quiet --force'.split(' ');
  const contrast = ['--contrast', 'facesHouses = faces - houses'];
  const found = [];
  for (let round = 0; round < Number(rounds); round++) {
    const read = measure(process.execPath, [fileURLToPath(import.meta.url), 'floor', path]);
    const glm = measure(process.execPath, [
      bin,
      'glm',
      folder,
      out,
      '--mask',
      mask,
      ...flags,
      ...contrast,
    ]);
    const peer = measure(python, [script, 'fit', path, mask, events, z]);
    const { seconds, version, columns } = JSON.parse(peer.out);
    found.push({ read, glm, peer: { ...peer, wall: seconds }, version, columns });
  }
  const { largest, range } = JSON.parse(execFileSync(python, [script, 'compare', z, own]));
  const [{ version, columns }] = found;
  const row = (name, of) =>
    console.log(
      `| ${extension} | ${name} | ${[
        middle(found, (run) => of(run).wall).toFixed(1),
        middle(found, (run) => of(run).cpu).toFixed(1),
        middle(found, (run) => run.peer.wall / of(run).wall).toFixed(1),
        middle(found, (run) => of(run).wall / run.read.wall).toFixed(2),
        middle(found, (run) => of(run).cpu / run.read.cpu).toFixed(2),
        middle(found, (run) => of(run).peak).toFixed(0),
      ].join(' | ')} |`,
    );
  row(`nilearn ${version}`, (run) => run.peer);
  row('boldbridge', (run) => run.glm);
  row('read only', (run) => run.read);
  return `${extension}: ${columns} columns; z maps differ by ${largest.toExponential(1)} at most, in a range of ${range.toFixed(1)}`;
}

try {
  execFileSync(python, [script, 'make', folder, shape, volumes]);
  console.log(
    `${shape.replaceAll(',', ' x ')} x ${volumes} float32, medians of ${rounds} rounds\n`,
  );
  console.log('| from | | s | CPU s | times nilearn | to reading | CPU to reading | peak MB |');
  console.log('|---|---|---|---|---|---|---|---|');
  const notes = [await compare('.nii')];
  const level = { level: constants.Z_BEST_SPEED };
  await pipeline(
    createReadStream(`${image}.nii`),
    createGzip(level),
    createWriteStream(`${image}.nii.gz`),
  );
  rmSync(`${image}.nii`);
  notes.push(await compare('.nii.gz'));
  console.log(`\n${notes.join('\n')}`);
} finally {
  rmSync(folder, { recursive: true });
}
