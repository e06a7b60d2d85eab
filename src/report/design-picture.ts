import type { Contrast, DesignMatrix, FContrast } from '../core/design.js';

/** Most rows that are drawn: of longer designs each is the mean of several. */
const ROWS = 400;
/** Pixels of a column, of a row (at least), and of the whole matrix (at least). */
const WIDTH = 22;
const ROW = 1;
const HEIGHT = 240;
const CELL = 16;
const GAP = 14;
/** Pixels of a letter, about. */
const LETTER = 6.2;
const LONGEST = 40;
const FONT = 'font-family="Helvetica, Arial, sans-serif" font-size="11"';

/** What is drawn as one row: a t contrast, or one of an F test's. */
interface WeightRow {
  readonly name: string;
  readonly weights: ReadonlyMap<string, number>;
}

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

const shown = (name: string) =>
  escaped(name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);

const lengthOf = (names: readonly string[]) =>
  Math.ceil(LETTER * Math.max(0, ...names.map((name) => Math.min(name.length, LONGEST))));

/** Each column over at most `rows` rows: of more, means of neighbours. */
function averaged({ names, rows, values }: DesignMatrix, most: number): Float64Array[] {
  const count = Math.min(rows, most);
  const sums = names.map(() => new Float64Array(count));
  const sizes = new Float64Array(count);
  for (let row = 0; row < rows; row++) {
    const to = Math.floor((row * count) / rows);
    sizes[to]++;
    names.forEach((_, j) => {
      sums[j][to] += values[row * names.length + j];
    });
  }
  return sums.map((column) => column.map((sum, r) => sum / sizes[r])); // [columns][drawn rows]
}

/** Shades of grey, black and white among them. */
const SHADES = 33;

/**
 * Shades from 0 (the column's smallest value, black) to the last (its largest, white); a column of one
 * value is white where it is not 0, black where it is.
 */
function shadesOf(column: Float64Array): number[] {
  const [low, high] = column.reduce(
    ([a, b], v) => [Math.min(a, v), Math.max(b, v)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const flat = low === 0 ? 0 : SHADES - 1;
  return Array.from(column, (v) =>
    high > low ? Math.round(((SHADES - 1) * (v - low)) / (high - low)) : flat,
  );
}

function fill(shade: number): string {
  const grey = Math.round((255 * shade) / (SHADES - 1));
  return `#${grey.toString(16).padStart(2, '0').repeat(3)}`;
}

/** The matrix: one path a shade, in which neighbours of one shade are one stroke, keeps it small. */
function drawnMatrix(columns: readonly Float64Array[], rowHeight: number): string {
  const strokes = new Map<number, string[]>();
  columns.forEach((column, j) => {
    const shades = shadesOf(column);
    const starts = [...shades.keys()].filter((r) => r === 0 || shades[r] !== shades[r - 1]);
    starts.forEach((start, i) => {
      const rows = (starts[i + 1] ?? shades.length) - start;
      const own = strokes.get(shades[start]) ?? [];
      strokes.set(shades[start], own);
      own.push(`M${(j + 0.5) * WIDTH} ${round(start * rowHeight)}v${round(rows * rowHeight)}`);
    });
  });
  const paths = [...strokes].map(
    ([shade, own]) => `<path stroke="${fill(shade)}" d="${own.join('')}"/>`,
  );
  return `<g shape-rendering="crispEdges" stroke-width="${WIDTH}" fill="none">${paths.join('')}</g>`;
}

const round = (value: number) => Number(value.toFixed(2));

/** Red above 0, blue below, stronger with the weight's part of the row's largest. */
function weightColour(weight: number, largest: number): string {
  if (weight === 0) return '#ffffff';
  const part = Math.abs(weight) / largest;
  const pale = Math.round(225 * (1 - part));
  return weight > 0 ? `rgb(190,${pale},${pale})` : `rgb(${pale},${pale},190)`;
}

function weightLabel(weight: number): string {
  if (weight === 0) return '';
  return String(Number(weight.toFixed(2))).replace(/^(-?)0\./, '$1.');
}

function drawnWeights({ weights }: WeightRow, names: readonly string[], y: number): string {
  const largest = Math.max(...[...weights.values()].map(Math.abs));
  return names
    .map((name, j) => {
      const weight = weights.get(name) ?? 0;
      const part = Math.abs(weight) / largest;
      const cell = `<rect x="${j * WIDTH}" y="${y}" width="${WIDTH}" height="${CELL}" fill="${weightColour(weight, largest)}" stroke="#cccccc"/>`;
      const label = weightLabel(weight);
      const ink = part > 0.5 ? '#ffffff' : '#000000';
      const text = `<text x="${(j + 0.5) * WIDTH}" y="${y + CELL - 5}" font-size="8" text-anchor="middle" fill="${ink}">${label}</text>`;
      return label === '' ? cell : cell + text;
    })
    .join('');
}

const rowsOf = (t: readonly Contrast[], f: readonly FContrast[]): WeightRow[] => [
  ...t,
  ...f.flatMap(({ name, rows }) =>
    rows.map(({ weights }, i) => ({ name: i === 0 ? `${name} (F)` : '', weights })),
  ),
];

/**
 * A design as a picture (SVG): a column a regressor, time downwards, each column's smallest value black
 * and its largest white, as nilearn and SPM show it; below, the contrasts as rows of weights, red above
 * 0 and blue below. Designs of more than 400 rows are averaged down to 400, so that the picture stays
 * small.
 */
export function designPicture(options: {
  readonly design: DesignMatrix;
  readonly contrasts: { readonly t: readonly Contrast[]; readonly f: readonly FContrast[] };
  /** What the rows are: volumes, prompts. */
  readonly rows: string;
  readonly title: string;
}): string {
  const { design, contrasts, title } = options;
  const { names } = design;
  const columns = averaged(design, ROWS);
  const count = columns[0]?.length ?? 0;
  const rowHeight = Math.max(ROW, Math.min(CELL, HEIGHT / count));
  const height = round(count * rowHeight);
  const weights = rowsOf(contrasts.t, contrasts.f);
  const left = Math.max(40, lengthOf(weights.map(({ name }) => name)) + 12);
  const top = 30 + lengthOf(names);
  const width = names.length * WIDTH;
  const weightsAt = height + GAP;
  const whole = [
    Math.max(left + width + 16, Math.ceil(left + LETTER * Math.min(title.length, 2 * LONGEST))),
    Math.ceil(top + weightsAt + weights.length * CELL + 12),
  ];
  const labels = names.map((name, j) => {
    const x = (j + 0.5) * WIDTH + 4;
    return `<text transform="translate(${x} -6) rotate(-90)">${shown(name)}</text>`;
  });
  const rows = `${design.rows.toLocaleString('en-GB')} ${options.rows}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${whole[0]}" height="${whole[1]}" viewBox="0 0 ${whole[0]} ${whole[1]}" ${FONT}>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="8" y="16" font-weight="bold">${shown(title)}</text>`,
    `<g transform="translate(${left} ${top})">`,
    ...labels,
    `<text transform="translate(-8 ${height / 2}) rotate(-90)" text-anchor="middle">${escaped(rows)}</text>`,
    drawnMatrix(columns, rowHeight),
    `<rect width="${width}" height="${height}" fill="none" stroke="#000000"/>`,
    ...weights.map((row, i) => {
      const y = weightsAt + i * CELL;
      const name = `<text x="-8" y="${y + CELL - 4}" text-anchor="end">${shown(row.name)}</text>`;
      return name + drawnWeights(row, names, y);
    }),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}
