import { ENTITY_ORDER, type Entities, type Entity } from '../../bids/entities.js';
import { findStatmaps, type Statmap } from '../../bids/statmaps.js';
import type { MapRef } from '../../tools/read/found.js';
import { whole } from '../../tools/read/found.js';
import type { RunInput } from '../glm/inputs/run-input.js';
import { type CollectedMaps, mapsOfTest } from './maps.js';
import type { NamedTest } from './names.js';
import type { Place } from './place.js';
import { againstOwn, missingUnits, readAtUnits, signFlip } from './screen.js';

/** A test that passed, with what is odd about it. */
export interface Screened {
  readonly maps: CollectedMaps;
  /** Units of the mask that the tool left out. */
  readonly missing: number;
  readonly warnings: readonly string[];
}

/** What the tool's z may differ from ours: float32, and tables in between. */
const SAME_Z = 0.01;

/**
 * Reads a test at the dataset's units and looks for what tools do without a word: another grid, no
 * values, a mask that fell together, reversed signs, degrees of freedom that are not the z's.
 * @throws FileError `file/map-grid`; DataError `data/nothing-in-map`, `data/collapsed-mask`
 */
export async function screened(
  { test, contrast, result }: NamedTest,
  place: Place,
  how: { readonly forceMask: boolean; readonly own: readonly Statmap[] },
): Promise<Screened> {
  const { grid } = place.input;
  const values = await readAtUnits(test.map, grid);
  const name = `${contrast} in ${result.path}`;
  const { missing, warning } = missingUnits(values, { name, force: how.forceMask });
  const maps = await mapsOfTest(test, values, grid);
  const own = test.statistic === 'F' ? undefined : ownMap(contrast, place.entities, how.own);
  const sign = againstOwn(maps.z, own ? await readAtUnits(await whole(own.path), grid) : null);
  const ownZ =
    maps.differenceOfZ !== null && maps.differenceOfZ > SAME_Z
      ? `the tool's own z differs by up to ${maps.differenceOfZ.toFixed(3)} from the z of its ${test.statistic} with ${maps.dof} degrees of freedom`
      : null;
  return { maps, missing, warnings: [warning, sign, ownZ].filter((text) => text !== null) };
}

/** The z map of boldbridge glm for the same contrast and runs. */
function ownMap(contrast: string, entities: Entities, own: readonly Statmap[]) {
  const isSame = (key: Entity, other: Entities) =>
    key === 'run'
      ? Number(entities.run) === Number(other.run) || entities.run === other.run
      : entities[key] === other[key];
  return own.find(
    (map) =>
      map.contrast === contrast &&
      map.stat === 'z' &&
      ENTITY_ORDER.every((key) => isSame(key, map.entities)),
  );
}

/** All maps of boldbridge glm in a dataset; none where it was not run. */
export const ownMaps = (folder: string): Promise<readonly Statmap[]> => findStatmaps(folder);

/** Zero-mean data have either sign in half of the units; data that were turned round, in all. */
const TURNED = 0.9;

/**
 * FEAT scales the whole image by 10000 over its median: where that is below 0, every sign turns round,
 * and the mean image it leaves has the other sign than the data in nearly every unit.
 * @throws DataError `data/sign-flip`
 */
export async function requireSameSign(path: string, mean: MapRef, input: RunInput): Promise<void> {
  const made = await readAtUnits(mean, input.grid);
  for await (const { values } of input.series.blocks()) {
    const opposite = made.filter((value, u) => value * values[u] < 0).length;
    if (opposite > TURNED * made.length) {
      const units = `${opposite} of ${made.length} units`;
      throw signFlip(path, `the mean image beside it has the other sign than the data in ${units}`);
    }
    return;
  }
}
