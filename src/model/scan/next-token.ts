import type * as ort from 'onnxruntime-node';
import { rowEntropies } from '../../onnx/log-softmax.js';
import type { Shown } from '../../onnx/volumes.js';
import { valuesOf } from './token.js';

/** The model's next-token distribution at one position, and the token that was chosen from it. */
export interface NextToken {
  /** Nats. */
  readonly entropy: number;
  /** Natural log of the chosen token's probability; NaN until one is chosen. */
  readonly logProbability: number;
  choose(token: number): void;
}

/** The distributions at the positions of a pass. */
export interface NextTokens {
  /** @param at.back the position counted back from the sequence's last, which is 0 */
  at(place: { readonly sequence: number; readonly back: number }): NextToken;
}

/**
 * The next-token distributions of a pass, at all tokens or at the last alone: with log Z the log of the softmax's denominator,
 * log p_i = l_i - log Z and H = -sum_i p_i log p_i.
 * @param logits // [sequences, tokens, vocabulary]
 */
export async function nextTokens(logits: ort.Tensor, shown: Shown): Promise<NextTokens> {
  const [sequences, , vocabulary] = logits.dims;
  const tokens = shown === 'all' ? logits.dims[1] : 1;
  const rows = sequences * tokens;
  const values = shown === 'all' ? allOf(logits) : lastOf(logits); // [rows, vocabulary]
  const { entropy, logPartition } = await rowEntropies(values, rows);
  return {
    at({ sequence, back }) {
      const row = (sequence + 1) * tokens - 1 - back;
      let logProbability = Number.NaN;
      let own: Float32Array | null = values.subarray(row * vocabulary, (row + 1) * vocabulary);
      return {
        entropy: entropy[row],
        get logProbability() {
          return logProbability;
        },
        choose(token) {
          if (own) logProbability = own[token] - logPartition[row];
          own = null; // lets the logits go
        },
      };
    },
  };
}

const allOf = (logits: ort.Tensor) =>
  valuesOf(logits, 0, logits.dims[0] * logits.dims[1] * logits.dims[2]);

/** The last token's of each sequence // [sequences, vocabulary] */
function lastOf(logits: ort.Tensor): Float32Array {
  const [sequences, tokens, vocabulary] = logits.dims;
  if (tokens === 1) return allOf(logits);
  const last = new Float32Array(sequences * vocabulary);
  for (let s = 0; s < sequences; s++) {
    const end = (s + 1) * tokens * vocabulary;
    last.set(valuesOf(logits, end - vocabulary, end), s * vocabulary);
  }
  return last;
}
