import { makeRandom } from '../../src/math/random.js';

/** Standard normal numbers (Box and Muller 1958). */
export function normals(count: number, seed: number): Float64Array {
  const random = makeRandom(seed);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values; // [count]
}
