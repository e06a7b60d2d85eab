/** Values of a float16 tensor as ONNX Runtime gives them: bits, or numbers where Node has the type. */
export type Halves = Uint16Array | (ArrayLike<number> & { readonly BYTES_PER_ELEMENT: 2 });

/**
 * The number that 16 bits stand for: sign, 5 bits of exponent, 10 of fraction.
 * Source: IEEE 754-2019, binary16.
 */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** All 65,536 of them, made when first asked for. */
let numbers: Float32Array | null = null; // [bits]

/** A float16 tensor's values as float32, which holds them exactly. */
export function halvesToFloats(halves: Halves): Float32Array {
  if (!(halves instanceof Uint16Array)) return Float32Array.from(halves);
  numbers ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => halfToNumber(bits));
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = numbers[halves[i]];
  return out;
}
