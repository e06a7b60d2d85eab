/** Numbers as FSL's programs write them, with digits enough for double precision. */
const row = (values: readonly number[]) => values.map((value) => value.toExponential(9)).join('\t');

const body = (rows: readonly (readonly number[])[]) => ['', '/Matrix', ...rows.map(row), ''];

const spread = (values: readonly number[]) =>
  values.reduce((a, b) => Math.max(a, b), -Infinity) -
  values.reduce((a, b) => Math.min(a, b), Infinity);

/** design.mat: regressors, a row a volume. Peak-to-peak heights are the columns' own. */
export function designMat(rows: readonly (readonly number[])[]): string {
  const heights = rows[0].map((_, j) => spread(rows.map((values) => values[j])));
  return [
    `/NumWaves\t${rows[0].length}`,
    `/NumPoints\t${rows.length}`,
    `/PPheights\t${row(heights)}`,
    ...body(rows),
  ].join('\n');
}

/** design.con: t contrasts, a row each. */
export function designCon(names: readonly string[], rows: readonly (readonly number[])[]): string {
  return [
    ...names.map((name, c) => `/ContrastName${c + 1}\t${name}`),
    `/NumWaves\t${rows[0].length}`,
    `/NumContrasts\t${rows.length}`,
    ...body(rows),
  ].join('\n');
}

/** design.fts: F tests, a row each; 1 for every t contrast that it tests. */
export function designFts(rows: readonly (readonly (0 | 1)[])[]): string {
  return [
    `/NumWaves\t${rows[0].length}`,
    `/NumContrasts\t${rows.length}`,
    '',
    '/Matrix',
    ...rows.map((values) => values.join('\t')),
    '',
  ].join('\n');
}

/** design.grp: the variance group of every input; they share one. */
export const designGrp = (inputs: number): string =>
  ['/NumWaves\t1', `/NumPoints\t${inputs}`, '', '/Matrix', ...Array(inputs).fill('1'), ''].join(
    '\n',
  );
