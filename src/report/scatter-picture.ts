/** Two maps unit by unit, and what is known of them. */
export interface Scatter {
  readonly a: ArrayLike<number>; // [units]
  readonly b: ArrayLike<number>; // [units]
  /** 1 where a unit passes the threshold. */
  readonly passes: readonly [a: ArrayLike<number>, b: ArrayLike<number>] | null; // [units]
  readonly slope: number;
  readonly intercept: number;
  readonly correlation: number;
  readonly title: string;
  readonly names: { readonly a: string; readonly b: string };
}

const [WIDTH, HEIGHT, LEFT, TOP, SIDE] = [520, 500, 70, 44, 400];
/** Bins along each side: the picture's size does not grow with the units. */
const BINS = 80;
const CELL = SIDE / BINS;
/** Light to dark: more units, on a scale of logarithms. */
const SHADES = ['#c6dbef', '#9ecae1', '#6baed6', '#4292c6', '#2171b5', '#084594'];
/** Okabe and Ito 2008: bins with units that pass on one side alone. */
const [IN_A, IN_B] = ['#d55e00', '#e69f00'];
const FONT = 'font-family="Helvetica, Arial, sans-serif" font-size="11"';
const LONGEST = 60;

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

/** The end of a long name says most. */
const shown = (text: string) =>
  escaped(text.length > LONGEST ? `…${text.slice(1 - LONGEST)}` : text);

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/**
 * Every unit's value on one side against the other (SVG): units are counted in bins, darker where there
 * are more, so that the file stays small; the line of equal values is dashed, the least-squares line
 * whole. Bins with units that pass the threshold on one side alone have that side's colour.
 */
export function scatterPicture(own: Scatter): string {
  const { a, b, title, names, correlation, passes } = own;
  const scale = scaleOf(a, b);
  const x = (value: number) => LEFT + ((value - scale.low) / (scale.high - scale.low)) * SIDE;
  const y = (value: number) => TOP + SIDE - ((value - scale.low) / (scale.high - scale.low)) * SIDE;
  const ticks = scale.ticks.map(
    (tick) =>
      `<path d="M${round(x(tick))} ${TOP}v${SIDE}M${LEFT} ${round(y(tick))}h${SIDE}" stroke="#e5e5e5"/>` +
      `<text x="${round(x(tick))}" y="${TOP + SIDE + 16}" text-anchor="middle">${tick}</text>` +
      `<text x="${LEFT - 8}" y="${round(y(tick) + 4)}" text-anchor="end">${tick}</text>`,
  );
  const legend = passes
    ? [key(0, IN_A, 'passes in A alone'), key(1, IN_B, 'passes in B alone')]
    : [];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" ${FONT}>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="${LEFT}" y="18" font-size="13" font-weight="bold">${shown(title)}</text>`,
    `<text x="${LEFT}" y="34">${a.length.toLocaleString('en-GB')} units, r = ${correlation.toFixed(4)}, slope ${own.slope.toFixed(4)}</text>`,
    ...ticks,
    ...binned(own, scale),
    `<clipPath id="plot"><rect x="${LEFT}" y="${TOP}" width="${SIDE}" height="${SIDE}"/></clipPath>`,
    `<g clip-path="url(#plot)" fill="none">${diagonals(own, scale, { x, y })}</g>`,
    `<rect x="${LEFT}" y="${TOP}" width="${SIDE}" height="${SIDE}" fill="none" stroke="#000000"/>`,
    ...legend,
    `<text x="${LEFT + SIDE / 2}" y="${TOP + SIDE + 36}" text-anchor="middle">A: ${shown(names.a)}</text>`,
    `<text transform="translate(20 ${TOP + SIDE / 2}) rotate(-90)" text-anchor="middle">B: ${shown(names.b)}</text>`,
    '</svg>\n',
  ].join('\n');
}

const round = (value: number) => Number(value.toFixed(2));

const key = (row: number, colour: string, text: string) =>
  `<rect x="${LEFT + 10}" y="${TOP + 10 + 16 * row}" width="9" height="9" fill="${colour}"/>` +
  `<text x="${LEFT + 25}" y="${TOP + 18 + 16 * row}">${text}</text>`;

/** One range for both axes, with ticks at 1, 2 or 5 times a power of ten. */
function scaleOf(a: ArrayLike<number>, b: ArrayLike<number>): Scale {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of [a, b]) {
    for (let u = 0; u < values.length; u++) {
      low = Math.min(low, values[u]);
      high = Math.max(high, values[u]);
    }
  }
  const margin = (high - low || 1) * 0.03;
  [low, high] = [low - margin, high + margin];
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((own) => own >= rough)!;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  const ticks = Array.from({ length: count }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  );
  return { low, high, ticks };
}

/** One path a colour, a square a bin. */
function binned({ a, b, passes }: Scatter, { low, high }: Scale): string[] {
  const bin = (value: number) =>
    Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS));
  const counts = new Uint32Array(BINS * BINS); // [B bins, A bins]
  const only = new Uint8Array(BINS * BINS); // 1 in A alone, 2 in B alone
  for (let u = 0; u < a.length; u++) {
    const cell = bin(b[u]) * BINS + bin(a[u]);
    counts[cell]++;
    if (passes && passes[0][u] !== passes[1][u]) only[cell] = passes[0][u] ? 1 : 2;
  }
  const most = Math.log(1 + counts.reduce((largest, count) => Math.max(largest, count), 1));
  const squares = new Map<string, string[]>();
  counts.forEach((count, cell) => {
    if (count === 0) return;
    const shade = Math.ceil((Math.log(1 + count) / most) * SHADES.length) - 1;
    const colour = [SHADES[shade], IN_A, IN_B][only[cell]];
    const left = LEFT + (cell % BINS) * CELL;
    const top = TOP + SIDE - (Math.floor(cell / BINS) + 1) * CELL;
    squares.set(colour, [
      ...(squares.get(colour) ?? []),
      `M${left} ${top}h${CELL}v${CELL}h-${CELL}z`,
    ]);
  });
  return [...squares].map(([colour, own]) => `<path fill="${colour}" d="${own.join('')}"/>`);
}

interface Axes {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function diagonals({ slope, intercept }: Scatter, { low, high }: Scale, { x, y }: Axes): string {
  const line = (from: number, to: number) =>
    `M${round(x(low))} ${round(y(from))}L${round(x(high))} ${round(y(to))}`;
  const fitted = line(intercept + slope * low, intercept + slope * high);
  return (
    `<path d="${line(low, high)}" stroke="#555555" stroke-dasharray="4 4"/>` +
    `<path d="${fitted}" stroke="#000000"/>`
  );
}
