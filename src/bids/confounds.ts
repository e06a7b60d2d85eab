import type { Volume } from '../core/recording.js';
import { formatTsv } from '../files/tsv.js';
import { convolve } from '../math/convolve.js';
import type { ImageRun } from './image-run.js';

type Columns = Readonly<Record<string, (volume: Volume) => number>>;

/** Of a series with one volume a token: position in the prompt and in the context, first token or not, surprisal and entropy in nats. */
const OF_TOKENS: Columns = {
  position: ({ position }) => position,
  context_position: ({ contextPosition }) => contextPosition,
  first_token: ({ position }) => (position === 0 ? 1 : 0),
  surprisal: ({ logProbability }) => -logProbability,
  entropy: ({ entropy }) => entropy,
};

/** Of a series with one volume a prompt: means over its tokens. */
const OF_PROMPTS: Columns = {
  mean_position: ({ position }) => position,
  surprisal: ({ logProbability }) => -logProbability,
  entropy: ({ entropy }) => entropy,
};

/** One row a volume. Where the series is convolved, what drove it is convolved alike. */
export function formatConfounds({ recording, volumes, hemodynamics }: ImageRun): string {
  const columns = volumes === 'token' ? OF_TOKENS : OF_PROMPTS;
  const values = Object.values(columns).map((of) => {
    const own = recording.volumes.map(of);
    if (!hemodynamics) return own;
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    return [...convolve(own, hemodynamics.kernel, mean)];
  }); // [columns][volumes]
  return formatTsv(
    Object.keys(columns),
    recording.volumes.map((_, v) => values.map((column) => column[v])),
  );
}
