import { DataError } from '../core/errors.js';
import type { Grid } from '../core/grid.js';
import { type Depth, type Module, unitCount } from '../core/module.js';
import { centredAffine } from './affine.js';
import { packTiles, type Tile, tileOf } from './tiles.js';

const VOXEL = 2; // mm
const LARGEST = 32766; // NIfTI-1's dimensions are int16
const BORDER = 1; // empty voxels on every side: FEAT's mask needs a background of zeros

/**
 * Gives every unit a voxel of its own. Slices (z) are depth: embedding, layers, head; a module of one
 * layer and the same module of another stand at the same x and y; a module's units fill rows of one
 * attention head each where widths allow. Neighbours in y and z are not neighbours in the network.
 * @throws DataError `data/too-large-for-nifti` if a slice would be wider than NIfTI-1 allows.
 */
export function makeGrid(
  modules: readonly Module[],
  { headWidth }: { readonly headWidth: number | null },
): Grid {
  const slices = depthsOf(modules);
  const places = placeModules(modules, headWidth);
  const size = (end: (place: Place) => number) =>
    places.reduce((largest, place) => Math.max(largest, end(place)), 0) + 2 * BORDER;
  const shape: [number, number, number] = [
    size(({ x, tile }) => x + tile.width),
    size(({ y, tile }) => y + tile.height),
    slices.length + 2 * BORDER,
  ];
  if (Math.max(...shape) > LARGEST || shape[0] * shape[1] * shape[2] > 2 ** 31 - 1)
    throw tooLarge(shape);
  const voxelOfUnit = new Int32Array(unitCount(modules));
  modules.forEach((module, m) => {
    const { x, y, tile } = places[m];
    const z = slices.indexOf(module.depth) + BORDER;
    for (let i = 0; i < module.width; i++) {
      const row = z * shape[1] + y + BORDER + Math.floor(i / tile.width);
      voxelOfUnit[module.firstUnit + i] = row * shape[0] + x + BORDER + (i % tile.width);
    }
  });
  return { shape, affine: centredAffine(shape, VOXEL), voxelOfUnit };
}

/** The voxel of a unit as x, y, z, from 0. */
export function voxelOf({ shape, voxelOfUnit }: Grid, unit: number): [number, number, number] {
  const index = voxelOfUnit[unit];
  const row = Math.floor(index / shape[0]);
  return [index % shape[0], row % shape[1], Math.floor(row / shape[1])];
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly tile: Tile;
}

const rank = (depth: Depth) =>
  depth === 'embedding' ? -1 : depth === 'head' ? Number.MAX_VALUE : depth;

function depthsOf(modules: readonly Module[]): Depth[] {
  return [...new Set(modules.map((module) => module.depth))].sort((a, b) => rank(a) - rank(b));
}

/** One place a module. Embedding, layers and head are packed each for itself. */
function placeModules(modules: readonly Module[], headWidth: number | null): Place[] {
  const slots = slotsOf(modules);
  const tiles = modules.map((module) => tileOf(module.width, headWidth));
  const places = new Map<string, readonly [number, number]>();
  for (const sort of ['embedding', 'layer', 'head']) {
    const boxes = new Map<string, Tile>();
    modules.forEach((module, m) => {
      if (sortOf(module.depth) !== sort) return;
      const box = boxes.get(slots[m]) ?? { width: 0, height: 0 };
      boxes.set(slots[m], {
        width: Math.max(box.width, tiles[m].width),
        height: Math.max(box.height, tiles[m].height),
      });
    });
    const { corners } = packTiles([...boxes.values()]);
    [...boxes.keys()].forEach((slot, index) => {
      places.set(slot, corners[index]);
    });
  }
  return modules.map((_, m) => {
    const [x, y] = places.get(slots[m])!;
    return { x, y, tile: tiles[m] };
  });
}

const sortOf = (depth: Depth) => (typeof depth === 'number' ? 'layer' : depth);

/**
 * What a module is within its depth: its path with the layer's number left out, and its kind. Were
 * two modules of one depth to agree in that, they are told apart by their order.
 */
function slotsOf(modules: readonly Module[]): string[] {
  const seen = new Map<string, number>();
  return modules.map(({ path, kind, depth }) => {
    const number = new RegExp(`(?<=^|[./_])${depth}(?=$|[./_])`);
    const name = `${sortOf(depth)} ${path.replace(number, '*')} ${kind}`;
    const key = `${depth} ${name}`;
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    return `${name} ${nth}`;
  });
}

function tooLarge(shape: readonly number[]): DataError {
  return new DataError('too-large-for-nifti', {
    given: `Modules that need a grid of ${shape.join(' x ')} voxels`,
    expected: `at most ${LARGEST} along each dimension and 2^31 in all`,
    todo: 'Record fewer modules.',
  });
}
