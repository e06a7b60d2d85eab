import type { DesignMatrix } from '../../src/core/design.js';
import type { PromptGroups } from '../../src/glm/prompts/prompts.js';
import { type Table, table } from './read.js';

/** The designs that R fitted, with their columns beside the constant. */
export const MIXED_DESIGNS = {
  balanced: ['on'],
  unbalanced: ['on', 'length'],
  within: ['on', 'position', 'drift'],
} as const;

export type MixedDesign = keyof typeof MIXED_DESIGNS;

export const MIXED_UNITS = 8;

export interface MixedGolden {
  readonly design: DesignMatrix;
  readonly groups: PromptGroups;
  readonly values: Float64Array; // [volumes, units]
  /** Rows: units x columns, in order. */
  readonly fits: Table;
}

/** Data, design and R's fits of test/golden/mixed. */
export function mixedGolden(name: MixedDesign): MixedGolden {
  const data = table(`mixed/${name}_data.tsv`);
  const columns = MIXED_DESIGNS[name];
  const names = ['constant', ...columns];
  const rows = data.length;
  const promptOf = Int32Array.from(data.number('prompt'), (prompt) => prompt - 1);
  const size = Math.max(...promptOf) + 1;
  const counts = new Int32Array(size);
  for (const prompt of promptOf) counts[prompt]++;
  const byColumn = columns.map((column) => data.number(column));
  const byUnit = Array.from({ length: MIXED_UNITS }, (_, u) => data.number(`y${u + 1}`));
  const values = new Float64Array(rows * MIXED_UNITS);
  const x = new Float64Array(rows * names.length);
  for (let t = 0; t < rows; t++) {
    x[t * names.length] = 1;
    byColumn.forEach((column, j) => {
      x[t * names.length + j + 1] = column[t];
    });
    byUnit.forEach((unit, u) => {
      values[t * MIXED_UNITS + u] = unit[t];
    });
  }
  const prompts = Array.from({ length: size }, (_, g) => `p${g}`);
  return {
    design: { names, rows, values: x },
    groups: { prompts, promptOf, counts },
    values,
    fits: table(`mixed/${name}_fits.tsv`),
  };
}
