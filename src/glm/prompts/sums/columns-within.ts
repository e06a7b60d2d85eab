import type { DesignMatrix } from '../../../core/design.js';

/**
 * Columns of a design that change within a prompt, by number. Where there are none, the volumes of every
 * prompt are replicates: all a fit needs of them is how many they are, their sum and their sum of squares.
 * @param promptOf prompt of each row of the design // [rows]
 */
export function columnsWithin(design: DesignMatrix, promptOf: ArrayLike<number>): number[] {
  const { names, rows, values } = design;
  const p = names.length;
  const within = new Set<number>();
  const firstRow = new Map<number, number>(); // by prompt
  for (let row = 0; row < rows; row++) {
    const first = firstRow.get(promptOf[row]) ?? row;
    firstRow.set(promptOf[row], first);
    for (let j = 0; j < p; j++) if (values[row * p + j] !== values[first * p + j]) within.add(j);
  }
  return [...within].sort((a, b) => a - b);
}
