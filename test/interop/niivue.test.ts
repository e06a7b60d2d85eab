import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readUnits } from '../../src/bids/units.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { exportDataset } from '../../src/workflow/export.js';
import { decoderModules, simulateRecording } from '../workflow/simulate.js';
import {
  chromium,
  installBrowserPeers,
  launchChromium,
  niivue,
  type Page,
} from './browser-peers.js';

const PAGE = `<!doctype html><meta charset="utf-8"><title>NiiVue</title>
<style>body { margin: 0; background: black } canvas { display: block }</style>
<div style="width: 900px; height: 600px"><canvas id="gl"></canvas></div>
<script type="module">
import { Niivue } from '/niivue.js';
window.nv = new Niivue({ crosshairWidth: 0, isNearestInterpolation: true, backColor: [0, 0, 0, 1] });
await nv.attachTo('gl');
window.show = async (bold, dseg) => {
  await nv.loadVolumes([
    { url: bold, cal_min: 9750, cal_max: 10250 },
    { url: dseg, colormap: 'random', opacity: 0.3 },
  ]);
  nv.setSliceType(nv.sliceTypeMultiplanar);
};
window.ready = true;
</script>`;

const recording = simulateRecording({ modules: decoderModules(6, 64) });
let folder: string;
let server: Server;
let page: Page;
let browser: Awaited<ReturnType<typeof launchChromium>>;
const faults: string[] = [];
const files: Record<string, string> = {};

describe.skipIf(!chromium)('NiiVue in Chromium', () => {
  beforeAll(async () => {
    installBrowserPeers();
    folder = await mkdtemp(join(tmpdir(), 'niivue-'));
    for (const dtype of ['float32', 'int16'] as const) {
      const dataset = join(folder, dtype);
      await exportDataset({ recordings: [recording], dataset, force: false, dtype });
      files[`/${dtype}.nii.gz`] = join(dataset, 'sub-01/func/sub-01_task-topics_run-1_bold.nii.gz');
    }
    const anat = join(folder, 'float32/derivatives/boldbridge/sub-01/anat/sub-01_');
    files['/dseg.nii.gz'] = `${anat}seg-modules_dseg.nii.gz`;
    files.units = `${anat}desc-units_table.tsv`;
    files['/niivue.js'] = niivue;
    server = createServer((request, response) => {
      const file = files[request.url ?? ''];
      if (request.url === '/') response.setHeader('content-type', 'text/html').end(PAGE);
      else if (!file) response.writeHead(404).end();
      else {
        if (file === niivue) response.setHeader('content-type', 'text/javascript');
        createReadStream(file).pipe(response);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 900, height: 600 } });
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  test.each(['float32', 'int16'])(
    'loads the series of %s and the atlas, and draws them',
    async (dtype) => {
      await page.evaluate(`show('/${dtype}.nii.gz', '/dseg.nii.gz')`);
      const { voxel, module } = await readUnits(files.units);
      const unit = 100;
      const facts = await page.evaluate<Record<string, unknown>>(`(() => {
      const [bold, dseg] = nv.volumes;
      for (const own of [bold, dseg]) own.calMinMax(0, false); // of the whole first volume, not its middle
      const at = ${JSON.stringify(voxel[unit])};
      return {
        dims: Array.from(bold.hdr.dims), frames: bold.nFrame4D, zooms: Array.from(bold.hdr.pixDims).slice(1, 5),
        affine: bold.hdr.affine.slice(0, 3), code: bold.hdr.datatypeCode, units: bold.hdr.xyzt_units,
        min: bold.global_min, max: bold.global_max,
        values: [0, 17, 39].map((frame) => bold.getValue(...at, frame)),
        corner: bold.getValue(0, 0, 0, 17),
        label: dseg.getValue(...at), labels: dseg.global_max, grid: Array.from(dseg.hdr.dims).slice(0, 4),
      };
    })()`);
      const image = await openNifti(files[`/${dtype}.nii.gz`]);
      const frames = await Promise.all(recording.volumes.map((_, v) => readMap(image, v)));
      const [x, y, z] = voxel[unit];
      const index = (z * image.shape[1] + y) * image.shape[0] + x;
      expect(facts).toMatchObject({
        dims: [4, ...image.shape, recording.volumes.length, 1, 1, 1],
        frames: recording.volumes.length,
        zooms: [2, 2, 2, 0.75],
        affine: image.affine,
        code: dtype === 'int16' ? 4 : 16,
        units: 10,
        corner: 0,
        label: [...new Set(module)].indexOf(module[unit]) + 1,
        labels: recording.modules.length,
        grid: [3, ...image.shape],
      });
      expect(facts.min).toBe(0);
      expect(facts.max).toBeCloseTo(Math.max(...frames[0]), 2);
      for (const [i, frame] of [0, 17, 39].entries()) {
        expect((facts.values as number[])[i]).toBeCloseTo(frames[frame][index], 2);
      }
      const picture = join(process.env.NIIVUE_PICTURES ?? folder, `${dtype}.png`);
      await page.screenshot({ path: picture });
      expect(await colours()).toBeGreaterThan(50);
      expect((await stat(picture)).size).toBeGreaterThan(5000);
      expect((await readFile(picture)).subarray(1, 4).toString()).toBe('PNG');
      expect(faults).toEqual([]);
    },
  );
});

/** Colours on the canvas, drawn again so that its buffer is still there to be read. */
function colours(): Promise<number> {
  return page.evaluate<number>(`(() => {
    nv.drawScene();
    const { gl } = nv;
    const pixels = new Uint32Array(gl.drawingBufferWidth * gl.drawingBufferHeight);
    gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(pixels.buffer));
    return new Set(pixels).size;
  })()`);
}
