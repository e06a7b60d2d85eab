import { expect, test } from 'vitest';
import { halfToNumber, halvesToFloats } from '../../src/onnx/half.js';

test('known halves', () => {
  const known: [number, number][] = [
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x0001, 2 ** -24],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
  ];
  for (const [bits, value] of known) expect(halfToNumber(bits)).toBe(value);
  expect(halfToNumber(0x8000)).toBe(-0);
  expect(halfToNumber(0x7e01)).toBeNaN();
});

test('all normal halves are the float32 of the same sign, exponent and fraction', () => {
  const halves = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits).filter(
    (bits) => (bits & 0x7c00) !== 0 && (bits & 0x7c00) !== 0x7c00,
  );
  const bits = Uint32Array.from(
    halves,
    (half) => (((half & 0x8000) << 16) | (((half & 0x7fff) << 13) + (112 << 23))) >>> 0,
  );
  expect(halves.length).toBe(2 * 30 * 1024);
  expect(halvesToFloats(halves)).toEqual(new Float32Array(bits.buffer));
});
