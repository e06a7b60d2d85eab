/** A stream of pseudo-random numbers. Each call moves it on; the same seed gives the same stream. */
export interface Random {
  /** Uniform on [0, 1), 53 random bits. */
  uniform(): number;
  /** A whole number, 0 <= value < below. */
  integer(below: number): number;
  /** The same items in random order, every order equally likely; the argument is not changed. */
  shuffle<T>(items: readonly T[]): T[]; // [items]
}

/** Fills a generator's state from a seed. Source: splitmix32, after Steele, Lea and Flood 2014. */
function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

/** 32 random bits a call. Source: xoshiro128** 1.1, Blackman and Vigna 2018 (prng.di.unimi.it). */
function xoshiro128(seed: number): () => number {
  const fill = splitmix32(seed);
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k));
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

/** A generator from a whole-number seed (its low 32 bits count). */
export function makeRandom(seed: number): Random {
  const bits = xoshiro128(seed);
  const uniform = () => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) / 2 ** 53;
  const integer = (below: number) => Math.floor(uniform() * below);
  const shuffle = <T>(items: readonly T[]): T[] => {
    const shuffled = [...items]; // [items]
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = integer(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    return shuffled;
  };
  return { uniform, integer, shuffle };
}
