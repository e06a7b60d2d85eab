/** Text as a MATLAB and Octave literal. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A number as MATLAB writes it: every digit, Inf. */
export const numeral = (value: number): string =>
  Number.isFinite(value) ? String(value) : value > 0 ? 'Inf' : '-Inf';

/** A matrix as a literal, row by row. */
export const matrix = (rows: readonly (readonly number[])[]): string =>
  `[${rows.map((row) => row.map(numeral).join(' ')).join('; ')}]`;

/** A file below the folder named by a variable: `fullfile(root, 'a', 'b.nii')`. */
export const file = (variable: string, path: string): string =>
  `fullfile(${[variable, ...path.split('/').map(quoted)].join(', ')})`;
