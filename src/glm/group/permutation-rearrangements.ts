import { DesignError } from '../../core/errors.js';
import { makeRandom } from '../../math/random.js';

/** How data that obey the null hypothesis may be rearranged without changing their distribution. */
export type Scheme =
  /** Errors are symmetric around 0: one-sample and paired tests. */
  | 'sign-flips'
  /** Errors are exchangeable: comparisons of groups or conditions, covariates. */
  | 'shuffles';

/** What moves: each row by itself (the default), blocks as wholes, or rows inside their block. */
export type Exchangeability =
  | { readonly kind: 'rows' }
  | {
      readonly kind: 'whole-blocks' | 'within-blocks';
      /** Label of each row's block. */
      readonly blockOf: readonly (string | number)[]; // [rows]
    };

/** Ways to rearrange rows, one after another, none of them the rows as they are where `exact`. */
export interface Rearrangements {
  readonly count: number;
  /** All there are, each once; else drawn at random. */
  readonly exact: boolean;
  /** Overwrites the next: row i becomes sign[i] times row source[i]. */
  next(source: Int32Array, sign: Float64Array): void;
}

/** Sets of things that change places with each other, each thing its rows in order. */
type Sets = readonly (readonly (readonly number[])[])[];

function refuse(given: string, expected: string, todo: string): never {
  throw new DesignError('exchangeability', { given, expected, todo });
}

function setsOf(rows: number, exchangeability: Exchangeability): Sets {
  const all = Array.from({ length: rows }, (_, i) => i);
  if (exchangeability.kind === 'rows') return [all.map((i) => [i])];
  const { blockOf, kind } = exchangeability;
  if (blockOf.length !== rows) {
    refuse(`${blockOf.length} block labels`, `${rows}, one a row`, 'Label every row.');
  }
  const blocks = [...new Set(blockOf)].map((block) => all.filter((i) => blockOf[i] === block));
  return kind === 'whole-blocks' ? [blocks] : blocks.map((block) => block.map((i) => [i]));
}

function checkShuffles(sets: Sets, tested: Float64Array): void {
  const sizes = new Set(sets.flatMap((set) => set.map((thing) => thing.length)));
  if (sizes.size > 1) {
    refuse(
      `blocks of ${[...sizes].join(' and ')} rows`,
      'blocks of one size, so that they can change places',
      'Average each block into one row, or shuffle within blocks.',
    );
  }
  const changes = sets.some((set) =>
    set.some((thing) => thing.some((row, k) => Math.abs(tested[row] - tested[set[0][k]]) > 1e-9)),
  );
  if (changes) return;
  refuse(
    'a contrast that these shuffles leave as it is',
    'a tested regressor that differs between what changes places',
    'For a mean, take sign flips; else check the blocks.',
  );
}

/** One rearrangement, from whole numbers below the bases asked for; zeros leave all as it is. */
function rearranger(sets: Sets, scheme: Scheme) {
  const orders = sets.map((set) => Int32Array.from(set, (_, j) => j)); // [sets][things]
  return (digit: (base: number) => number, source: Int32Array, sign: Float64Array) => {
    for (let s = 0; s < sets.length; s++) {
      const set = sets[s];
      const order = orders[s];
      for (let j = 0; j < order.length; j++) order[j] = j;
      if (scheme === 'shuffles') {
        for (let j = order.length - 1; j > 0; j--) {
          const other = j - digit(j + 1);
          const kept = order[j];
          order[j] = order[other];
          order[other] = kept;
        }
      }
      for (let j = 0; j < set.length; j++) {
        const flip = scheme === 'sign-flips' ? 1 - 2 * digit(2) : 1;
        for (let k = 0; k < set[j].length; k++) {
          source[set[j][k]] = set[order[j]][k];
          sign[set[j][k]] = flip;
        }
      }
    }
  };
}

/** How many rearrangements there are, the identity among them. */
function countAll(sets: Sets, scheme: Scheme): number {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const ways = (things: number) => (scheme === 'shuffles' ? factorial(things) : 2 ** things);
  return sets.reduce((product, set) => product * ways(set.length), 1);
}

/**
 * All rearrangements but the identity where these are no more than `permutations`, else that many drawn
 * at random, with replacement. Exactly enumerated, each is one number in the mixed radix of its choices
 * (Fisher and Yates's for a shuffle).
 * @throws DesignError `exchangeability`: labels that are not one a row, blocks of different sizes that
 *   would change places, or shuffles that cannot change the tested regressor.
 */
export function makeRearrangements(options: {
  readonly tested: Float64Array; // [rows]
  readonly scheme: Scheme;
  readonly exchangeability: Exchangeability;
  readonly permutations: number;
  readonly seed: number;
}): Rearrangements {
  const { tested, scheme, exchangeability, permutations, seed } = options;
  const sets = setsOf(tested.length, exchangeability);
  if (scheme === 'shuffles') checkShuffles(sets, tested);
  const rearrange = rearranger(sets, scheme);
  const others = countAll(sets, scheme) - 1;
  if (others > permutations) {
    const { integer } = makeRandom(seed);
    const next = (source: Int32Array, sign: Float64Array) => rearrange(integer, source, sign);
    return { count: permutations, exact: false, next };
  }
  let index = 0;
  let rest = 0;
  const digit = (base: number) => {
    const value = rest % base;
    rest = (rest - value) / base;
    return value;
  };
  const next = (source: Int32Array, sign: Float64Array) => {
    rest = ++index;
    rearrange(digit, source, sign);
  };
  return { count: others, exact: true, next };
}
