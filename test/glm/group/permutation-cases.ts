import type { DesignMatrix } from '../../../src/core/design.js';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';
import { permutationTest } from '../../../src/glm/group/permutation.js';
import type { Exchangeability, Scheme } from '../../../src/glm/group/permutation-rearrangements.js';
import { seriesOfMaps } from '../../../src/glm/group/second-level.js';
import { oneSampleDesign } from '../../../src/glm/group/second-level-design.js';
import { normals } from '../simulate.js';

export interface Case {
  readonly maps: readonly Float64Array[]; // [rows][units]
  readonly design: DesignMatrix;
  readonly formula: string;
  readonly scheme: Scheme;
  readonly exchangeability?: Exchangeability;
  readonly permutations?: number;
  readonly seed?: number;
}

export const run = ({ maps, design, formula, ...rest }: Case) =>
  permutationTest({
    series: seriesOfMaps(maps),
    design,
    contrast: parseContrast(formula, design.names),
    ...rest,
  });

export const makeMaps = (rows: number, units: number, seed: number) =>
  Array.from({ length: rows }, (_, row) => normals(units, seed + row)); // [rows][units]

export const oneSample = (maps: readonly Float64Array[]): Case => ({
  maps,
  design: oneSampleDesign(maps.length),
  formula: 'intercept',
  scheme: 'sign-flips',
});

export const sorted = (values: ArrayLike<number>) => Float64Array.from(values).sort();
