import type { Event } from '../../core/event.js';
import type { Grid } from '../../core/grid.js';
import type { Series } from '../../core/series.js';
import type { Random } from '../../math/random.js';
import type { RunInput } from '../glm/inputs/run-input.js';
import type { Pool, PoolPrompt } from './pool.js';

/** Units that respond to the label, and how: added to every volume of a prompt that is on. */
export interface Planted {
  readonly units: readonly number[];
  readonly effect: ArrayLike<number>; // [planted units]
}

/**
 * One run of prompts without an effect: drawn from the pool in random order, labelled rest and on in
 * blocks of the recordings' length. The prompt is what is relabelled, never the token.
 */
export function labelled(pool: Pool, random: Random, planted: Planted | null = null): RunInput {
  const order = random.shuffle(pool.prompts).slice(0, pool.perRun);
  const isOn = (p: number) => Math.floor(p / pool.blockLength) % 2 === 1;
  const { repetitionTime } = pool;
  let volume = 0;
  const events = order.map(({ tokens }, p): Event => {
    const onset = volume * repetitionTime;
    volume += tokens;
    const trialType = isOn(p) ? 'on' : 'rest';
    return { onset, duration: tokens * repetitionTime, trialType, prompt: `p${p}` };
  });
  const column = (name: string) => order.flatMap((prompt) => [...prompt.confounds.get(name)!]);
  return {
    entities: { sub: 'null', task: 'labels', run: '1' },
    repetitionTime,
    events,
    series: seriesOf(order, pool.units, isOn, planted),
    grid: NOWHERE,
    source: 'random labels',
    confounds: async (names) => names.map((name) => ({ name, values: column(name) })),
    confoundNames: async () => pool.confounds,
    modules: async () => null,
  };
}

/** No maps are written. */
const NOWHERE: Grid = {
  shape: [1, 1, 1],
  affine: [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
  ],
  voxelOfUnit: new Int32Array(0),
};

function seriesOf(
  order: readonly PoolPrompt[],
  units: number,
  isOn: (prompt: number) => boolean,
  planted: Planted | null,
): Series {
  return {
    volumes: order.reduce((sum, { tokens }) => sum + tokens, 0),
    units,
    async *blocks() {
      let first = 0;
      for (const [p, { tokens, values }] of order.entries()) {
        yield {
          first,
          volumes: tokens,
          values: planted && isOn(p) ? added(values, units, planted) : values,
        };
        first += tokens;
      }
    },
  };
}

function added(values: Float32Array, units: number, { units: own, effect }: Planted): Float32Array {
  const changed = values.slice(); // [tokens, units]
  for (let from = 0; from < changed.length; from += units) {
    for (const [i, u] of own.entries()) changed[from + u] += effect[i];
  }
  return changed;
}
