import type { DesignMatrix } from '../../../src/core/design.js';
import type { Arrivals, Row, Stretch, VolumeMemory } from '../../../src/core/series.js';
import type { PromptGroups } from '../../../src/glm/prompts/prompts.js';
import { makeRandom } from '../../../src/math/random.js';
import { normals } from '../simulate.js';

/** Prompts of the given numbers of volumes, one after the other. */
export function promptsOf(counts: readonly number[]): PromptGroups {
  return {
    prompts: counts.map((_, g) => `p${g}`),
    promptOf: Int32Array.from(counts.flatMap((count, g) => new Array<number>(count).fill(g))),
    counts: Int32Array.from(counts),
  };
}

/** A design from columns. */
export function designOf(columns: Readonly<Record<string, ArrayLike<number>>>): DesignMatrix {
  const names = Object.keys(columns);
  const rows = columns[names[0]].length;
  const values = new Float64Array(rows * names.length);
  names.forEach((name, j) => {
    for (let t = 0; t < rows; t++) values[t * names.length + j] = columns[name][t];
  });
  return { names, rows, values };
}

/** `on` in every second prompt, and a constant. */
export function onOff(groups: PromptGroups): DesignMatrix {
  const { promptOf } = groups;
  return designOf({ on: promptOf.map((g) => Math.abs(g) % 2), constant: promptOf.map(() => 1) });
}

/** Noise of variance 1 with a level a prompt, which has the part `icc` of the variance. */
export function promptNoise(options: {
  readonly groups: PromptGroups;
  readonly units: number;
  readonly icc: number;
  readonly seed: number;
}): Float64Array {
  const { groups, units, icc, seed } = options;
  const levels = normals(groups.prompts.length * units, seed); // [prompts, units]
  const values = normals(groups.promptOf.length * units, seed + 1); // [volumes, units]
  for (let i = 0; i < values.length; i++) {
    const prompt = groups.promptOf[Math.floor(i / units)];
    const level = prompt < 0 ? 0 : levels[prompt * units + (i % units)];
    values[i] = Math.sqrt(1 - icc) * values[i] + Math.sqrt(icc) * level;
  }
  return values; // [volumes, units]
}

/** Prompts of which volumes come side by side. */
const ABREAST = 3;

/**
 * Volumes as a scan may show them: a few of a prompt at once, alone or beside others', the run's first before
 * the others, those of every prompt in their order; in the memory that is given, as far as they fit.
 */
export function arrivalsOf(options: {
  readonly values: Float32Array | Float64Array; // [volumes, units]
  readonly units: number;
  readonly groups: PromptGroups;
  /** Volumes at once. */
  readonly length: number;
  readonly seed: number;
}): Arrivals {
  const { values, units, length, seed } = options;
  const { prompts, promptOf } = options.groups;
  const random = makeRandom(seed);
  async function* stretches(memory: VolumeMemory) {
    const left = prompts.map((_, g) => ({ next: promptOf.indexOf(g), g }));
    const take = (own: (typeof left)[number]): Stretch => {
      const { next, g } = own;
      const end = promptOf.lastIndexOf(g) + 1;
      own.next = Math.min(next + length, end);
      if (own.next === end) left.splice(left.indexOf(own), 1);
      const row = (v: number) => values.subarray(v * units, (v + 1) * units);
      return {
        first: next,
        rows: Array.from({ length: own.next - next }, (_, i) => row(next + i)),
      };
    };
    yield [take(left[0])];
    while (left.length > 0) {
      const some = random.shuffle(left).slice(0, 1 + random.integer(ABREAST));
      let placed = 0;
      yield some.map(take).map(({ first, rows }): Stretch => {
        const place = (row: Row) => {
          if (row instanceof Float64Array || placed + units > memory.length) return row;
          const own = memory.subarray(placed, placed + units);
          own.set(row);
          placed += units;
          return own;
        };
        return { first, rows: rows.map(place) };
      });
      memory.fill(Number.NaN); // as the scanner takes its memory back
    }
  }
  const together = 2 * length * units; // of the volumes side by side, not all
  return { volumes: promptOf.length, units, abreast: ABREAST, together, stretches };
}
