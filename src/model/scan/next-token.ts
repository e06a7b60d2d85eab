import type * as ort from 'onnxruntime-node';
import { rowEntropies } from '../../onnx/log-softmax.js';
import { valuesOf } from './token.js';

/** The model's next-token distribution at one position, and the token that was chosen from it. */
export interface NextToken {
  /** Nats. */
  readonly entropy: number;
  /** Natural log of the chosen token's probability; NaN until one is chosen. */
  readonly logProbability: number;
  choose(token: number): void;
}

/** The distributions at every position of a pass. */
export interface NextTokens {
  /** @param at.back the position counted back from the sequence's last, which is 0 */
  at(place: { readonly sequence: number; readonly back: number }): NextToken;
}

/**
 * The next-token distributions of a pass: with log Z the log of the softmax's denominator,
 * log p_i = l_i - log Z and H = -sum_i p_i log p_i.
 * @param logits // [sequences, tokens, vocabulary]
 */
export async function nextTokens(logits: ort.Tensor): Promise<NextTokens> {
  const [sequences, tokens, vocabulary] = logits.dims;
  const rows = sequences * tokens;
  const values = valuesOf(logits, 0, rows * vocabulary); // [rows, vocabulary]
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
