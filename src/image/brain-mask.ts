import { DataError } from '../core/errors.js';

type Shape = readonly [number, number, number];

/** Parts of the voxels between which the valley is looked for: background is more than 20 %, brain more than 15. */
const [LOWEST, HIGHEST] = [0.2, 0.85];
/** Steps of erosion by which what is joined to the brain by bridges of few voxels is cut off. */
const OPENING = 2;

/** Weights of a Gaussian of a full width at half maximum of one voxel, from the centre outwards. */
const KERNEL = gaussian(1 / Math.sqrt(8 * Math.LN2), 2);

function gaussian(sigma: number, radius: number): number[] {
  const half = Array.from({ length: radius + 1 }, (_, d) => Math.exp(-(d ** 2) / (2 * sigma ** 2)));
  const sum = half.reduce((total, w, d) => total + (d === 0 ? w : 2 * w), 0);
  return half.map((w) => w / sum);
}

/** Smooths by one voxel along each axis; beyond the image it goes on mirrored at its edge. */
export function smoothed(map: Float64Array, shape: Shape): Float64Array {
  let own = map;
  let stride = 1;
  for (const size of shape) {
    const [from, apart] = [own, stride];
    const inside = (i: number) => (i < 0 ? -i - 1 : i >= size ? 2 * size - 1 - i : i);
    const at = (i: number) => Math.min(Math.max(inside(i), 0), size - 1);
    own = from.map((value, voxel) => {
      const place = Math.floor(voxel / apart) % size;
      const start = voxel - place * apart;
      return KERNEL.reduce((sum, w, d) => {
        if (d === 0) return w * value;
        const pair = from[start + at(place - d) * apart] + from[start + at(place + d) * apart];
        return sum + w * pair;
      }, 0);
    });
    stride *= size;
  }
  return own; // [voxels]
}

/**
 * The value in the valley between background and brain: of all values in rising order, the middle of the
 * widest gap between neighbours. Source: T. Nichols' heuristic, as nilearn.masking.compute_epi_mask
 * describes it.
 */
export function valleyOf(values: Float64Array): number {
  const rising = values.slice().sort(); // [voxels]
  const first = Math.floor(LOWEST * rising.length);
  const last = Math.min(Math.floor(HIGHEST * rising.length), rising.length - 1);
  let widest = first;
  for (let i = first; i < last; i++)
    if (rising[i + 1] - rising[i] > rising[widest + 1] - rising[widest]) widest = i;
  return (rising[widest] + rising[widest + 1]) / 2;
}

/** Calls with the neighbours that share a face with a voxel; -1 for those beyond the image. */
function neighboursOf([nx, ny, nz]: Shape): (voxel: number, into: Int32Array) => void {
  return (voxel, into) => {
    const x = voxel % nx;
    const y = Math.floor(voxel / nx) % ny;
    const z = Math.floor(voxel / (nx * ny));
    into[0] = x > 0 ? voxel - 1 : -1;
    into[1] = x < nx - 1 ? voxel + 1 : -1;
    into[2] = y > 0 ? voxel - nx : -1;
    into[3] = y < ny - 1 ? voxel + nx : -1;
    into[4] = z > 0 ? voxel - nx * ny : -1;
    into[5] = z < nz - 1 ? voxel + nx * ny : -1;
  };
}

/** Voxels with all (erosion) or any (dilation) of their neighbours and themselves inside. */
function step(mask: Uint8Array, shape: Shape, how: 'erosion' | 'dilation'): Uint8Array {
  const set = neighboursOf(shape);
  const near = new Int32Array(6);
  return mask.map((own, voxel) => {
    set(voxel, near);
    const inside = (v: number) => v >= 0 && mask[v] === 1;
    return how === 'erosion'
      ? Number(own === 1 && near.every(inside))
      : Number(own === 1 || near.some(inside));
  });
}

function repeated(mask: Uint8Array, shape: Shape, how: 'erosion' | 'dilation', times: number) {
  let own = mask;
  for (let i = 0; i < times; i++) own = step(own, shape, how);
  return own;
}

/** The largest set of voxels that hang together by faces; of equal ones the first. */
export function largestComponent(mask: Uint8Array, shape: Shape): Uint8Array {
  const set = neighboursOf(shape);
  const near = new Int32Array(6);
  const label = new Int32Array(mask.length); // [voxels] 0 where outside or not yet seen
  const sizes = [0];
  mask.forEach((own, start) => {
    if (own === 0 || label[start] > 0) return;
    const component = sizes.length;
    const open = [start];
    label[start] = component;
    let size = 0;
    for (let voxel = open.pop(); voxel !== undefined; voxel = open.pop()) {
      size++;
      set(voxel, near);
      for (const v of near) {
        if (v < 0 || mask[v] === 0 || label[v] > 0) continue;
        label[v] = component;
        open.push(v);
      }
    }
    sizes.push(size);
  });
  const largest = sizes.indexOf(Math.max(...sizes.slice(1)));
  return mask.map((_, voxel) => Number(sizes.length > 1 && label[voxel] === largest));
}

/**
 * Where the brain is in the mean of an fMRI series, 1 inside: the mean smoothed by one voxel, voxels above
 * the valley of its histogram, eroded, of these the largest connected part, dilated twice as far and eroded again. Values that are not
 * finite count as 0.
 * Source: nilearn.masking.compute_epi_mask, as described there, with its defaults.
 * @throws DataError `no-brain` where nothing is left.
 */
export function brainMask(
  mean: Float64Array, // [voxels], x fastest
  shape: Shape,
  path: string,
): Uint8Array {
  const finite = mean.map((value) => (Number.isFinite(value) ? value : 0));
  const values = smoothed(finite, shape).map((v, u) => (Number.isFinite(mean[u]) ? v : 0));
  const valley = valleyOf(values);
  const bright = Uint8Array.from(values, (value) => Number(value >= valley)); // [voxels]
  const core = largestComponent(repeated(bright, shape, 'erosion', OPENING), shape);
  const grown = repeated(core, shape, 'dilation', 2 * OPENING);
  const mask = repeated(grown, shape, 'erosion', OPENING);
  if (mask.includes(1)) return mask;
  throw new DataError('no-brain', {
    given: `${path}, in whose mean image no part of ${2 * OPENING + 1} voxels along each axis is brighter than the rest`,
    expected: 'a brain on a darker ground',
    todo: 'Give a mask with --mask.',
  });
}
