import type * as ort from 'onnxruntime-node';
import { valuesOf } from './token.js';

/** The model's next-token distribution at one position, and the token that was chosen from it. */
export interface NextToken {
  /** Nats. */
  readonly entropy: number;
  /** Natural log of the chosen token's probability; NaN until one is chosen. */
  readonly logProbability: number;
  choose(token: number): void;
}

/**
 * The distribution at one position of one sequence: with log Z the log of the softmax's
 * denominator, log p_i = l_i - log Z and H = log Z - sum_i p_i l_i. The logits are let go of once a
 * token is chosen.
 * @param tensor // [sequences, tokens, vocabulary]
 * @param at.back the position counted back from the last, which is 0
 */
export function distribution(
  tensor: ort.Tensor,
  at: { readonly sequence: number; readonly back: number },
): NextToken {
  const [, tokens, vocabulary] = tensor.dims;
  const end = ((at.sequence + 1) * tokens - at.back) * vocabulary;
  let logits: Float32Array | null = valuesOf(tensor, end - vocabulary, end); // [vocabulary]
  const { entropy, logPartition } = summarise(logits);
  let logProbability = Number.NaN;
  return {
    entropy,
    get logProbability() {
      return logProbability;
    },
    choose(token) {
      if (logits) logProbability = logits[token] - logPartition;
      logits = null;
    },
  };
}

function summarise(logits: Float32Array): { entropy: number; logPartition: number } {
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > max) max = logit;
  let sum = 0;
  let weighted = 0;
  for (const logit of logits) {
    const weight = Math.exp(logit - max);
    sum += weight;
    if (weight > 0) weighted += weight * logit;
  }
  const logPartition = max + Math.log(sum);
  return { entropy: logPartition - weighted / sum, logPartition };
}
