import type { Grid } from '../core/grid.js';

/** One row of the picture. */
export interface MontageRow {
  readonly name: string;
  readonly z: ArrayLike<number>; // [units]
  readonly active: ArrayLike<number>; // [units]
}

const SCALE = 2; // pixels a voxel
const GAP = 10;
const LEFT = 150;
const TOP = 58;
const FONT = 'font-family="Helvetica, Arial, sans-serif"';
/** |z| at which the colour is full, and the steps to it. */
const FULL = 8;
const STEPS = 6;

/** Blue below rest, red above, stronger with |z|. */
function colour(level: number): string {
  const part = Math.abs(level) / STEPS;
  const mix = (from: number, to: number) => Math.round(from + (to - from) * part);
  return level > 0
    ? `rgb(${mix(250, 170)},${mix(190, 10)},${mix(160, 20)})`
    : `rgb(${mix(170, 15)},${mix(200, 50)},${mix(245, 160)})`;
}

/** Each active unit a stroke one voxel long; one path a colour keeps the picture small. */
function slicePaths(row: MontageRow, grid: Grid, slice: number): string {
  const [width, height] = grid.shape;
  const paths = new Map<number, string[]>();
  grid.voxelOfUnit.forEach((voxel, unit) => {
    if (!row.active[unit] || Math.floor(voxel / (width * height)) !== slice) return;
    const steps = Math.min(STEPS, Math.max(1, Math.ceil((Math.abs(row.z[unit]) / FULL) * STEPS)));
    const level = Math.sign(row.z[unit]) * steps;
    const [x, y] = [voxel % width, Math.floor(voxel / width) % height];
    const squares = paths.get(level) ?? [];
    paths.set(level, squares);
    squares.push(`M${x} ${height - 1 - y}h1`);
  });
  return [...paths]
    .sort(([a], [b]) => a - b)
    .map(([level, squares]) => `<path stroke="${colour(level)}" d="${squares.join('')}"/>`)
    .join('');
}

/** Where units lie in a slice, as a pale ground. */
function ground(grid: Grid, slice: number): string {
  const [width, height] = grid.shape;
  const rows = new Map<number, number[]>();
  for (const voxel of grid.voxelOfUnit) {
    if (Math.floor(voxel / (width * height)) !== slice) continue;
    const y = Math.floor(voxel / width) % height;
    rows.set(y, [...(rows.get(y) ?? []), voxel % width]);
  }
  const runs = [...rows].flatMap(([y, xs]) => {
    xs.sort((a, b) => a - b);
    const starts = xs.filter((x, i) => x !== xs[i - 1] + 1);
    const ends = xs.filter((x, i) => x + 1 !== xs[i + 1]);
    return starts.map((x, i) => `M${x} ${height - 1 - y}h${ends[i] - x + 1}`);
  });
  return `<path stroke="#e9e9ec" d="${runs.join('')}"/>`;
}

/**
 * A montage of statistical maps as SVG: a row a task, a column a slice (depth). Active units are
 * coloured by z, red where they are more active than at rest and blue where less.
 * @param options.slices names of the slices that hold units, by slice index
 */
export function montage(options: {
  readonly title: string;
  readonly caption: string;
  readonly rows: readonly MontageRow[];
  readonly grid: Grid;
  readonly slices: ReadonlyMap<number, string>;
}): string {
  const { title, caption, rows, grid, slices } = options;
  const [width, height] = [grid.shape[0] * SCALE, grid.shape[1] * SCALE];
  const columns = [...slices];
  const total = {
    width: LEFT + columns.length * (width + GAP) + GAP,
    height: TOP + rows.length * (height + GAP) + 46,
  };
  const left = (c: number) => LEFT + c * (width + GAP);
  const top = (r: number) => TOP + r * (height + GAP);
  const cells = rows.flatMap((row, r) =>
    columns.map(
      ([slice], c) =>
        `<g transform="translate(${left(c)} ${top(r)}) scale(${SCALE}) translate(0 0.5)" shape-rendering="crispEdges"><use href="#ground${slice}"/>${slicePaths(row, grid, slice)}</g>`,
    ),
  );
  const heads = columns.map(
    ([, name], c) =>
      `<text x="${left(c) + width / 2}" y="${TOP - 8}" text-anchor="middle">${escapeXml(name)}</text>`,
  );
  const names = rows.map(
    ({ name }, r) =>
      `<text x="${LEFT - 12}" y="${top(r) + height / 2 + 4}" text-anchor="end">${escapeXml(name)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total.width} ${total.height}" width="${total.width}" height="${total.height}" ${FONT} font-size="12" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
<defs>${columns.map(([slice]) => `<g id="ground${slice}">${ground(grid, slice)}</g>`).join('')}</defs>
<text x="12" y="24" font-size="16" font-weight="bold">${escapeXml(title)}</text>
${heads.join('\n')}
${names.join('\n')}
${cells.join('\n')}
${legend(12, total.height - 28)}
<text x="${LEFT + 130}" y="${total.height - 17}" fill="#555">${escapeXml(caption)}</text>
</svg>
`;
}

/** The colour scale, from -FULL to FULL. */
function legend(x: number, y: number): string {
  const levels = Array.from({ length: 2 * STEPS + 1 }, (_, i) => i - STEPS).filter(Boolean);
  const swatches = levels.map(
    (level, i) =>
      `<rect x="${x + 30 + i * 14}" y="${y}" width="14" height="14" fill="${colour(level)}"/>`,
  );
  const end = x + 30 + levels.length * 14;
  return `${swatches.join('')}<text x="${x}" y="${y + 11}">z -${FULL}</text><text x="${end + 6}" y="${y + 11}">${FULL}</text>`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
