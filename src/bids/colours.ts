import { type Module, moduleType } from '../core/module.js';

/** Degrees between the hues of one module and the next: the golden angle, which never comes round. */
const TURN = 137.508;
const SATURATION = 0.6;
/** Lightness of the first and the last depth. */
const [FIRST, LAST] = [0.35, 0.75];

/**
 * A colour a module, `#rrggbb`: the same module of all layers has one hue, deeper ones are lighter.
 */
export function moduleColours(modules: readonly Module[]): string[] {
  const typeOf = ({ path, kind, depth }: Module) => `${moduleType(path, depth)}:${kind}`;
  const types = [...new Set(modules.map(typeOf))];
  const layers = modules.flatMap(({ depth }) => (typeof depth === 'number' ? [depth] : []));
  const deepest = Math.max(1, ...layers);
  return modules.map((module) => {
    const { depth } = module;
    const down = depth === 'embedding' ? 0 : depth === 'head' ? 1 : depth / deepest;
    return hexOf({
      hue: (types.indexOf(typeOf(module)) * TURN) % 360,
      lightness: FIRST + (LAST - FIRST) * down,
    });
  });
}

/** Source: CSS Color Module Level 4, section 7 (HSL to sRGB). */
function hexOf({ hue, lightness }: { readonly hue: number; readonly lightness: number }): string {
  const amount = SATURATION * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    const value = lightness - amount * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${[0, 8, 4].map(channel).join('')}`;
}
