import { makeProduct } from '../../onnx/kernel.js';
import type { AccumulatedSums, Accumulation, ScaledSums, Weighting } from './accumulated-sums.js';
import { lastColumns } from './prompt-moments.js';
import type { DesignInPrompts } from './prompt-sums.js';
import { sumMeans, sumPrompts } from './prompt-totals.js';

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
  const keep = weightings.some((own) => own.columns);
  const totals =
    exactSquares || within > 0
      ? await sumPrompts(source, groups, { shifted, weights, keep })
      : await sumMeans(source, groups, { shifted });
  const { shift, sums, squares, weighted, weightedByPrompt } = totals;
  const rowOf = groups.prompts.map((_, g) => inside.promptOf.indexOf(g)); // [prompts]
  const partsOf = ({ constant, columns: own }: Weighting): ScaledSums[] => {
    const scales = Float64Array.from(rowOf, (row, g) => {
      let scale = constant;
      for (let j = 0; own && j < same; j++) scale += own[g * columns + j] * q[row * columns + j];
      return scale;
    });
    const others = (own ? weightedByPrompt : []).map((part, j) => ({
      sums: part,
      scales: Float64Array.from(rowOf, (_, g) => own![g * columns + same + j]),
    }));
    return [{ sums, scales }, ...others];
  };
  const columnSums = new Float64Array(columns * units);
  if (same > 0) columnSums.set(await sumColumns(sums, { inside, rowOf, columns: same, units }));
  for (const [j, row] of weighted.entries()) columnSums.set(row, (same + j) * units);
  return { shift, squares, weighted: weightings.map(partsOf), columnSums };
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
