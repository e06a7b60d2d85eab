import { count, table } from './text.js';

interface Row {
  readonly network: string;
  readonly units: number;
  readonly weights: number | null;
  readonly leftOut: string | null;
}

/** How many weights feed each network, and how many of its units have none, as text. */
export function showWeights(rows: readonly Row[], listed: number): string {
  const cells = [...new Set(rows.map(({ network }) => network))].map((network) => {
    const own = rows.filter((row) => row.network === network);
    const fed = own.filter(({ leftOut }) => leftOut === null);
    const without = own.filter(({ leftOut }) => leftOut !== null);
    const units = (some: readonly Row[]) => some.reduce((sum, row) => sum + row.units, 0);
    const weights = fed.reduce((sum, row) => sum + (row.weights ?? 0), 0);
    const numbers = [units(own), fed.length, weights, units(without), without.length];
    return [network, ...numbers.map(count)];
  });
  const header = ['network', 'units', 'matrices', 'weights', 'units left out', 'of modules'];
  return [
    `Weights that feed each network (in weights.tsv the ${count(listed)} of largest |weight| x |z|)`,
    table([header, ...cells], true),
    '  left out: units without weights of their own, or whose weights are not read (modules.tsv)\n',
  ].join('\n');
}
