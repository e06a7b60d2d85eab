import { expect, test } from 'vitest';
import { moduleColours } from '../../src/bids/colours.js';
import { decoderModules } from '../workflow/simulate.js';

/** Hue in degrees and lightness of #rrggbb, by the textbook. */
function hueAndLightness(colour: string): [number, number] {
  const [r, g, b] = [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16) / 255);
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const span = most - least;
  const sixth = most === r ? (g - b) / span : most === g ? 2 + (b - r) / span : 4 + (r - g) / span;
  return [(sixth * 60 + 360) % 360, (most + least) / 2];
}

test('one hue a module in all layers, lighter with depth; no two modules have one colour', () => {
  const modules = decoderModules(12);
  const colours = moduleColours(modules);
  expect(colours.every((colour) => /^#[0-9a-f]{6}$/.test(colour))).toBe(true);
  expect(new Set(colours).size).toBe(modules.length);
  for (const part of ['o_proj', 'fc1', 'fc2']) {
    const own = colours.filter((_, m) => modules[m].path.endsWith(part)).map(hueAndLightness);
    expect(own.length).toBe(12);
    for (const [i, [hue, lightness]] of own.entries()) {
      expect(Math.abs(hue - own[0][0])).toBeLessThan(2);
      if (i > 0) expect(lightness).toBeGreaterThan(own[i - 1][1]);
    }
  }
});
