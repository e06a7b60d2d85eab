import { makeProduct } from '../../../onnx/kernel.js';
import type { AccumulatedSums, Accumulation, ScaledSums, Weighting } from './accumulated-sums.js';
import type { DesignInPrompts } from './design-in-prompts.js';
import { lastColumns } from './prompt-moments.js';
import { type Kept, sumMeans, sumPrompts } from './prompt-totals.js';

/**
 * From the sums over each prompt, of d and of its products with the columns that change there: the other
 * columns have one weight a prompt, that of its first row.
 */
export async function sumsOfPrompts(options: Accumulation): Promise<AccumulatedSums> {
  const { series, arriving, groups, inside, weightings, exactSquares } = options;
  const { volumes, units } = series;
  const { basis, within, volumeOf } = inside;
  const { q, columns } = basis;
  const same = columns - within; // columns
  const source = arriving ?? series;
  const shifted = inside.constant !== null;
  const weights = lastColumns(basis, within, { volumes, volumeOf: (row) => volumeOf[row] });
  const rowOf = groups.prompts.map((_, g) => inside.promptOf.indexOf(g)); // [prompts]
  /** What a prompt's sum weighs, and its sums with the columns that change there. */
  const scaleOf = ({ constant, columns: own }: Weighting, g: number, k: number): number => {
    if (!own) return k === 0 ? constant : 0;
    if (k > 0) return own[g * columns + same + k - 1];
    let scale = constant;
    for (let j = 0; j < same; j++) scale += own[g * columns + j] * q[rowOf[g] * columns + j];
    return scale;
  };
  const scalesOf = (own: Weighting, k: number) =>
    Float64Array.from(rowOf, (_, g) => scaleOf(own, g, k)); // [prompts]
  const { kept, areWeightings } = keptOf(weightings, within, scaleOf);
  const totals =
    exactSquares || within > 0
      ? await sumPrompts(source, groups, { shifted, weights, kept })
      : await sumMeans(source, groups, { shifted });
  const { shift, sums, squares, weighted } = totals;
  const ones = new Float64Array(rowOf.length).fill(1);
  const partsOf = (own: Weighting, w: number): ScaledSums[] =>
    areWeightings
      ? [{ sums: totals.kept[w], scales: ones }]
      : [sums, ...totals.kept].map((part, k) => ({ sums: part, scales: scalesOf(own, k) }));
  const columnSums = new Float64Array(columns * units);
  if (same > 0) columnSums.set(await sumColumns(sums, { inside, rowOf, columns: same, units }));
  for (const [j, row] of weighted.entries()) columnSums.set(row, (same + j) * units);
  return { shift, squares, weighted: weightings.map(partsOf), columnSums };
}

/**
 * What is kept of every prompt beside its sum: its sums with the columns that change there, or what weightings
 * make of all of them, whichever are fewer; nothing where no weighting needs them.
 */
function keptOf(
  weightings: readonly Weighting[],
  within: number,
  scaleOf: (own: Weighting, prompt: number, k: number) => number,
): { readonly kept: Kept; readonly areWeightings: boolean } {
  const needed = weightings.some(({ columns }) => columns) ? within : 0;
  const areWeightings = weightings.length < needed;
  const count = areWeightings ? weightings.length : needed;
  const weightsOf = (prompt: number) =>
    Float64Array.from({ length: (1 + within) * count }, (_, i) => {
      const [k, c] = [Math.floor(i / count), i % count];
      return areWeightings ? scaleOf(weightings[c], prompt, k) : Number(k === 1 + c);
    }); // [1 + within, count]
  return { kept: { count, weightsOf }, areWeightings };
}

/** Sum of q_t d_t of the basis's first columns, which are alike in all rows of a prompt. */
async function sumColumns(
  sums: Float64Array, // [prompts, units]
  options: {
    readonly inside: DesignInPrompts;
    readonly rowOf: readonly number[];
    readonly columns: number;
    readonly units: number;
  },
): Promise<Float64Array> {
  const { inside, rowOf, columns, units } = options;
  const { q } = inside.basis;
  const prompts = rowOf.length;
  const weights = Float64Array.from({ length: columns * prompts }, (_, i) => {
    const [j, g] = [Math.floor(i / prompts), i % prompts];
    return q[rowOf[g] * inside.basis.columns + j];
  }); // [columns, prompts]
  const size = { rows: columns, volumes: prompts, units };
  const sum = new Float64Array(columns * units);
  const result = new Float64Array(columns * units);
  const product = await makeProduct();
  try {
    await product.add({ ...size, weights, block: sums, sum, result });
  } finally {
    await product.release();
  }
  return result;
}
