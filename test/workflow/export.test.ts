import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readHeader, readImage } from 'nifti-reader-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvents } from '../../src/bids/events.js';
import { listRuns } from '../../src/bids/runs.js';
import { readUnits } from '../../src/bids/units.js';
import { unitCount } from '../../src/core/module.js';
import type { Recording } from '../../src/core/recording.js';
import { fromBold } from '../../src/image/intensity.js';
import { openMask } from '../../src/image/mask.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { seriesOf } from '../../src/image/voxels.js';
import { exportDataset } from '../../src/workflow/export.js';
import { collect } from '../image/collect.js';
import { decoderModules, seriesOfValues, simulatedValues, simulateRecording } from './simulate.js';

const recordings = [
  simulateRecording({ seed: 1, prompts: 10 }),
  simulateRecording({ seed: 2, id: { run: 2 } }),
  simulateRecording({ seed: 3, id: { subject: '02', session: 'a' } }),
  simulateRecording({ seed: 4, id: { subject: '02', session: 'b' } }),
  simulateRecording({ seed: 5, id: { subject: '02', session: 'b', task: 'other' } }),
];

let folder: string;
let dataset: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-'));
  dataset = join(folder, 'dataset');
  await exportDataset({ recordings, dataset, force: false });
});
afterAll(() => rm(folder, { recursive: true }));

const prefix = ({ id }: Recording) =>
  id.session === null ? [`sub-${id.subject}`] : [`sub-${id.subject}`, `ses-${id.session}`];
const boldName = (recording: Recording) =>
  `${prefix(recording).join('_')}_task-${recording.id.task}_run-${recording.id.run}_bold.nii.gz`;
const boldPath = (recording: Recording) =>
  join(dataset, ...prefix(recording), 'func', boldName(recording));
const derived = (recording: Recording, rest: string) =>
  join(
    dataset,
    'derivatives/boldbridge',
    ...prefix(recording),
    'anat',
    `${prefix(recording).join('_')}_${rest}`,
  );

/** Half the distance between neighbouring float32 numbers at `s`. */
const halfUlp = (s: number) => 2 ** (Math.floor(Math.log2(s)) - 24);

test.each(recordings.map((recording) => [boldName(recording), recording] as const))(
  '%s: an independent reader gets every unit of every volume back within the stated quantisation',
  async (_, recording) => {
    const file = new Uint8Array(gunzipSync(await readFile(boldPath(recording)))).buffer;
    const header = readHeader(file);
    const voxels = new Float32Array(readImage(header, file));
    const { voxel, intensity } = await readUnits(derived(recording, 'desc-units_table.tsv'));
    const [, nx, ny, nz, volumes] = header.dims;
    expect(volumes).toBe(recording.volumes.length);
    expect(header.pixDims[4]).toBe(recording.repetitionTime);
    const size = nx * ny * nz;
    let used = 0;
    let worst = 0;
    for (let v = 0; v < volumes; v++) {
      for (let u = 0; u < voxel.length; u++) {
        const [x, y, z] = voxel[u];
        const s = voxels[v * size + (z * ny + y) * nx + x];
        const recorded = recording.values[v * voxel.length + u];
        const { mean, sd } = { mean: intensity.mean[u], sd: intensity.sd[u] };
        const back = mean + (sd * (s - 10000)) / 100;
        const bound = (sd * halfUlp(s)) / 100;
        if (!(Math.abs(back - recorded) <= bound * (1 + 1e-6) + 1e-12 * Math.abs(mean))) {
          throw new Error(`unit ${u}, volume ${v}: ${back} for ${recorded}`);
        }
        worst = Math.max(worst, halfUlp(s));
        if (sd === 0) expect(s).toBe(10000);
        used += 1;
      }
    }
    expect(worst).toBe(2 ** -11); // the bound the sidecar states
    expect(voxels.reduce((count, s) => count + (s === 0 ? 0 : 1), 0)).toBe(used); // zero elsewhere
  },
);

test('our own reader inverts the export', async () => {
  const [recording] = recordings;
  const image = await openNifti(boldPath(recording));
  const { voxel, intensity } = await readUnits(derived(recording, 'desc-units_table.tsv'));
  const [nx, ny] = image.shape;
  const indices = Int32Array.from(voxel, ([x, y, z]) => (z * ny + y) * nx + x);
  const back = await collect(fromBold(seriesOf(image, indices), intensity));
  back.forEach((value, i) => {
    const u = i % voxel.length;
    const bound = 4.9e-6 * intensity.sd[u] + 1e-12 * Math.abs(intensity.mean[u]);
    expect(Math.abs(value - recording.values[i])).toBeLessThanOrEqual(bound);
  });
});

test('the mask holds the units that vary, the intensity spans the session', async () => {
  const [one, two] = recordings;
  const mask = await openMask(derived(one, 'desc-units_mask.nii.gz'));
  const { intensity } = await readUnits(derived(one, 'desc-units_table.tsv'));
  expect(mask.voxels.length).toBe(intensity.sd.filter((sd) => sd > 0).length);
  expect(mask.voxels.length).toBeLessThan(intensity.sd.length);
  const units = unitCount(one.modules);
  const unit = intensity.sd.findIndex((sd) => sd > 0);
  const both = [...one.values, ...two.values].filter((_, i) => i % units === unit);
  expect(intensity.mean[unit]).toBeCloseTo(both.reduce((a, b) => a + b) / both.length, 10);
});

test('the dataset is found and read again as any BIDS dataset is', async () => {
  const runs = await listRuns(dataset);
  expect(runs.length).toBe(recordings.length);
  for (const run of runs) {
    expect(run.sidecar).toMatchObject({
      RepetitionTime: 0.75,
      TokenVolumeRule: { Name: 'generate' },
    });
    expect(run.confounds).not.toBeNull();
    const { event } = recordings[0].stimuli[3];
    expect((await readEvents(run.events!))[3]).toEqual(event);
  }
});

test('the summary counts what was written; progress ends at its total', async () => {
  const seen: (readonly [number, number])[] = [];
  const place = join(folder, 'counted');
  const onProgress = (done: number, total: number) => seen.push([done, total]);
  const summary = await exportDataset({ recordings, dataset: place, force: false, onProgress });
  const volumes = 10 * 5 + 4 * 8 * 5;
  expect(summary).toMatchObject({ runs: 5, volumes, units: 2 * unitCount(recordings[0].modules) });
  expect(seen.at(-1)).toEqual([2 * volumes, 2 * volumes]);
  expect(summary.files).toContain('derivatives/boldbridge/.bidsignore');
});

async function checksums(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  const sums = files.sort().map(async (file) => {
    const sum = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    return [file.slice(root.length), sum] as const;
  });
  return Object.fromEntries(await Promise.all(sums));
}

test('the same recordings give the same bytes, and gzip headers hold no date', async () => {
  const again = join(folder, 'again');
  await exportDataset({ recordings, dataset: again, force: false });
  expect(await checksums(again)).toEqual(await checksums(dataset));
  const bytes = await readFile(boldPath(recordings[0]));
  expect([...bytes.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
});

test('force replaces what stood there', async () => {
  const place = join(folder, 'forced');
  await mkdir(place);
  await writeFile(join(place, 'old.txt'), 'old');
  const one = [recordings[0]];
  await expect(
    exportDataset({ recordings: one, dataset: place, force: false }),
  ).rejects.toMatchObject({
    code: 'output/exists',
  });
  expect(await readdir(place)).toEqual(['old.txt']);
  await exportDataset({ recordings: one, dataset: place, force: true });
  expect(await readdir(place)).not.toContain('old.txt');
});

const units = unitCount(recordings[0].modules);
const broken = simulatedValues(40, units, 1);
broken[12 * units + 5] = Number.NaN;
const failing = {
  ...recordings[1],
  series: {
    ...recordings[1].series,
    async *blocks() {
      yield* seriesOfValues(recordings[1].values.slice(0, units), units).blocks();
      throw Object.assign(new Error('the disk is gone'), { code: 'EIO' });
    },
  },
};

test.each([
  [
    'NaN',
    [recordings[0], simulateRecording({ values: broken, id: { run: 2 } })],
    'data/not-finite',
  ],
  ['no recording', [], 'data/no-recordings'],
  ['one run twice', [recordings[0], recordings[0]], 'data/duplicate-run'],
  [
    'other modules in another session',
    [
      recordings[2],
      simulateRecording({ id: { subject: '02', session: 'c' }, modules: decoderModules(2) }),
    ],
    'data/modules-differ',
  ],
  ['fewer values than volumes', [{ ...recordings[0], volumes: [] }], 'data/wrong-size'],
  ['a label BIDS forbids', [simulateRecording({ id: { task: 'on_off' } })], 'study/bad-label'],
  ['nothing that varies', [simulateRecording({ prompts: 1, tokens: 1 })], 'data/nothing-varies'],
  ['a recording that cannot be read', [recordings[0], failing], 'EIO'],
])('%s is refused and leaves nothing', async (_, given, code) => {
  const place = await mkdtemp(join(tmpdir(), 'refused-'));
  const written = exportDataset({ recordings: given, dataset: join(place, 'out'), force: false });
  await expect(written).rejects.toMatchObject({ code });
  expect(await readdir(place)).toEqual([]);
  await rm(place, { recursive: true });
});
