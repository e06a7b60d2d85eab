/** A method's p values on null data. */
export interface CalibrationLine {
  readonly method: string;
  readonly isDefault: boolean;
  /** Share of p in equal bins from 0 to 1. */
  readonly histogram: readonly number[];
}

const [WIDTH, HEIGHT, LEFT, TOP] = [640, 460, 64, 40];
const SIDE = 360;
/** Nominal rates shown: those that tests are made at, and some more. */
const LARGEST = 0.2;
const FONT = 'font-family="Helvetica, Arial, sans-serif"';
/** Okabe and Ito 2008: colours that colour-blind readers tell apart. */
const COLOURS = [
  '#000000',
  '#0072b2',
  '#009e73',
  '#56b4e9',
  '#d55e00',
  '#e69f00',
  '#cc79a7',
  '#999999',
  '#7a4a00',
];

/** The observed share of p at or below every nominal rate, a line a method. */
export function calibrationPicture(methods: readonly CalibrationLine[]): string {
  const x = (rate: number) => LEFT + (rate / LARGEST) * SIDE;
  const y = (rate: number) => TOP + SIDE - (rate / LARGEST) * SIDE;
  const grid = [0, 0.05, 0.1, 0.15, 0.2].map(
    (rate) =>
      `<path d="M${x(rate)} ${TOP}V${TOP + SIDE}M${LEFT} ${y(rate)}H${LEFT + SIDE}" stroke="#e5e5e5"/>` +
      `<text x="${x(rate)}" y="${TOP + SIDE + 18}" text-anchor="middle">${rate}</text>` +
      `<text x="${LEFT - 8}" y="${y(rate) + 4}" text-anchor="end">${rate}</text>`,
  );
  const lines = methods.map(({ histogram, isDefault }, m) => {
    let sum = 0;
    const points = histogram.flatMap((share, bin) => {
      sum += share;
      const rate = (bin + 1) / histogram.length;
      return rate <= LARGEST
        ? [`${x(rate).toFixed(1)} ${y(Math.min(sum, LARGEST)).toFixed(1)}`]
        : [];
    });
    const width = isDefault ? 3 : 1.5;
    return `<path d="M${x(0)} ${y(0)}L${points.join('L')}" fill="none" stroke="${COLOURS[m % COLOURS.length]}" stroke-width="${width}"/>`;
  });
  const legend = methods.map(({ method, isDefault }, m) => {
    const top = TOP + 14 + 22 * m;
    const left = LEFT + SIDE + 16;
    return (
      `<path d="M${left} ${top - 4}h18" stroke="${COLOURS[m % COLOURS.length]}" stroke-width="${isDefault ? 3 : 1.5}"/>` +
      `<text x="${left + 24}" y="${top}"${isDefault ? ' font-weight="bold"' : ''}>${method}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" ${FONT} font-size="11">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="14">False positives where there is nothing to find</text>`,
    ...grid,
    `<path d="M${x(0)} ${y(0)}L${x(LARGEST)} ${y(LARGEST)}" stroke="#bbbbbb" stroke-dasharray="4 4"/>`,
    ...lines,
    ...legend,
    `<text x="${LEFT + SIDE / 2}" y="${TOP + SIDE + 40}" text-anchor="middle">nominal rate (p at or below)</text>`,
    `<text transform="translate(18 ${TOP + SIDE / 2}) rotate(-90)" text-anchor="middle">units called active</text>`,
    '</svg>\n',
  ].join('\n');
}
