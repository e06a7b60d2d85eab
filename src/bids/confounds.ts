import type { Volume } from '../core/recording.js';
import { formatTsv } from '../files/tsv.js';

/** One row a volume: position in the prompt and in the context, first token or not, surprisal and entropy in nats. */
export function formatConfounds(volumes: readonly Volume[]): string {
  return formatTsv(
    ['position', 'context_position', 'first_token', 'surprisal', 'entropy'],
    volumes.map(({ position, contextPosition, logProbability, entropy }) => [
      position,
      contextPosition,
      position === 0 ? 1 : 0,
      -logProbability,
      entropy,
    ]),
  );
}

/** One row a prompt: mean surprisal and entropy of its tokens in nats, and their mean position. */
export function formatPromptConfounds(volumes: readonly Volume[]): string {
  return formatTsv(
    ['mean_position', 'surprisal', 'entropy'],
    volumes.map(({ position, logProbability, entropy }) => [position, -logProbability, entropy]),
  );
}
