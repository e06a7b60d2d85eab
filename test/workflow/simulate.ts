import { type Module, placeUnits, unitCount } from '../../src/core/module.js';
import type { Recording, RunId, Stimulus, Volume } from '../../src/core/recording.js';
import type { Series } from '../../src/core/series.js';
import { makeRandom, type Random } from '../../src/math/random.js';

/** Standard normal numbers. Source: Box and Muller 1958. */
export function gauss(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** A small decoder: embedding, layers with attention and two widths, head. Widths are odd on purpose. */
export function decoderModules(layers: number, hidden = 12, vocabulary = 31): Module[] {
  const part = (path: string, depth: Module['depth'], width: number, kind: Module['kind']) => ({
    path,
    depth,
    kind,
    tensor: `${path}/output_0`,
    width,
  });
  const layer = (n: number) => [
    part(`/model/layers.${n}/attn/o_proj`, n, hidden, 'context'),
    part(`/model/layers.${n}/mlp/fc1`, n, 4 * hidden + 1, 'output'),
    part(`/model/layers.${n}/mlp/fc2`, n, hidden, 'residual'),
  ];
  return placeUnits([
    part('/model/embed_tokens', 'embedding', hidden, 'output'),
    ...Array.from({ length: layers }, (_, n) => layer(n)).flat(),
    part('/lm_head', 'head', vocabulary, 'output'),
  ]);
}

/** A series held in memory, handed out in blocks of `rows` volumes. */
export function seriesOfValues(values: Float32Array, units: number, rows = 7): Series {
  const volumes = values.length / units;
  return {
    volumes,
    units,
    async *blocks() {
      for (let first = 0; first < volumes; first += rows) {
        const count = Math.min(rows, volumes - first);
        yield {
          first,
          volumes: count,
          values: values.slice(first * units, (first + count) * units),
        };
      }
    },
  };
}

/** Means over five decades, the same for every seed, sds over seven; every 17th unit is constant. */
export function simulatedValues(volumes: number, units: number, seed: number): Float32Array {
  const random = makeRandom(seed);
  const scale = Array.from({ length: units }, (_, u) => (u % 17 === 3 ? 0 : 10 ** ((u % 7) - 3)));
  const fixed = makeRandom(0);
  const mean = scale.map((_, u) => gauss(fixed) * 10 ** ((u % 5) - 1));
  return Float32Array.from({ length: volumes * units }, (_, i) => {
    const u = i % units;
    return mean[u] + scale[u] * gauss(random);
  });
}

export interface Simulation {
  readonly id?: Partial<RunId>;
  readonly seed?: number;
  readonly prompts?: number;
  readonly tokens?: number;
  readonly modules?: readonly Module[];
  readonly values?: Float32Array;
}

const WORDS = ['stratum', 'fossil', 'lesion', 'ballot', 'shard', 'contrast'];

/** A recording of blocks of two prompts in two conditions, with its values in memory. */
export function simulateRecording(simulation: Simulation = {}) {
  const { seed = 1, prompts = 8, tokens = 5, modules = decoderModules(3) } = simulation;
  const random = makeRandom(seed + 1000);
  const repetitionTime = 0.75;
  const volumes = Array.from(
    { length: prompts * tokens },
    (_, k): Volume => ({
      onset: k * repetitionTime,
      prompt: Math.floor(k / tokens),
      position: k % tokens,
      contextPosition: 3 + (k % tokens),
      inputToken: WORDS[random.integer(WORDS.length)],
      outputToken: WORDS[random.integer(WORDS.length)],
      logProbability: -4 * random.uniform(),
      entropy: 3 * random.uniform(),
    }),
  );
  const stimuli = Array.from(
    { length: prompts },
    (_, p): Stimulus => ({
      event: {
        onset: p * tokens * repetitionTime,
        duration: tokens * repetitionTime,
        trialType: Math.floor(p / 2) % 2 ? 'archeology' : 'pathology',
        prompt: `p${p + 1}`,
      },
      text: `The ${WORDS[p % WORDS.length]}\tof prompt ${p + 1}\nis`,
    }),
  );
  const units = unitCount(modules);
  const values = simulation.values ?? simulatedValues(volumes.length, units, seed);
  const recording: Recording = {
    id: { subject: '01', session: null, task: 'topics', run: 1, ...simulation.id },
    taskDescription: null,
    repetitionTime,
    modules,
    volumes,
    stimuli,
    provenance: {
      model: {
        id: 'simulated/decoder',
        revision: 'main',
        sha256: 'ab'.repeat(32),
        dtype: 'fp32',
        architecture: 'decoder',
        headWidth: 4,
      },
      seed,
      sampling: { do_sample: true, temperature: 1 },
      tokenVolumeRule: 'generate',
      versions: { onnxruntime: '1.0.0' },
      fingerprint: null,
    },
    series: seriesOfValues(values, units),
  };
  return { ...recording, values };
}
