import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readHeader, readImage } from 'nifti-reader-js';
import type { Event } from '../../src/core/event.js';
import type { Series } from '../../src/core/series.js';
import type { Confound } from '../../src/glm/design/design.js';
import { golden, table } from './read.js';

/** Seconds per volume of the simulated runs. */
export const REPETITION_TIME = 1.5;

/** The simulated 4-D image, as [volumes, voxels] with voxels in the file's order (i fastest). */
function image(file: string): { sizes: number[]; values: Float32Array } {
  const bytes = gunzipSync(readFileSync(golden(file)));
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  if (!(buffer instanceof ArrayBuffer)) throw new Error('a shared buffer');
  const header = readHeader(buffer);
  if (!header) throw new Error(`${file} is no NIfTI file`);
  return { sizes: header.dims.slice(1, 5), values: new Float32Array(readImage(header, buffer)) };
}

/** A matrix in memory as a series, in blocks of any size. */
export function seriesOf(options: {
  readonly values: Float32Array | Float64Array; // [volumes, units]
  readonly units: number;
  readonly blockVolumes?: number;
}): Series {
  const { values, units, blockVolumes = 40 } = options;
  const volumes = values.length / units;
  return {
    volumes,
    units,
    async *blocks() {
      for (let first = 0; first < volumes; first += blockVolumes) {
        const end = Math.min(first + blockVolumes, volumes);
        yield {
          first,
          volumes: end - first,
          values: values.subarray(first * units, end * units),
        };
      }
    },
  };
}

/** One simulated run inside the mask: units are rows of the golden tables (256 voxels in C order). */
export function goldenValues(run: number): { values: Float32Array; units: number } {
  const { sizes, values } = image(`sub-01_task-x_run-${run}_bold.nii.gz`);
  const [nx, ny, nz, volumes] = sizes;
  const maps = table(`boxcar-ar1/run-${run}_maps.tsv`);
  const [is, js, ks] = [maps.number('i'), maps.number('j'), maps.number('k')];
  const units = maps.length;
  const inside = new Float32Array(volumes * units); // [volumes, units]
  for (let t = 0; t < volumes; t++) {
    for (let u = 0; u < units; u++) {
      inside[t * units + u] = values[is[u] + nx * (js[u] + ny * (ks[u] + nz * t))];
    }
  }
  return { values: inside, units };
}

export function goldenEvents(run: number): Event[] {
  const events = table(`sub-01_task-x_run-${run}_events.tsv`);
  const [onset, duration] = [events.number('onset'), events.number('duration')];
  return events
    .text('trial_type')
    .map((trialType, i) => ({ onset: onset[i], duration: duration[i], trialType }));
}

export function goldenConfounds(run: number): Confound[] {
  const confounds = table(`sub-01_task-x_run-${run}_desc-confounds_timeseries.tsv`);
  return confounds.names.map((name) => ({ name, values: confounds.number(name) }));
}
