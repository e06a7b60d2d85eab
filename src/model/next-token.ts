import type * as ort from 'onnxruntime-node';

/**
 * The model's next-token distribution at the last position: its entropy in nats, the log of the
 * softmax's denominator, and a copy of the logits, so that log p(i) = logits[i] - logPartition.
 * H = log Z - sum_i p_i l_i.
 * @param tensor // [1, tokens, vocabulary]
 */
export function distribution(tensor: ort.TypedTensor<'float32'>): {
  entropy: number;
  logPartition: number;
  logits: Float32Array;
} {
  const vocabulary = tensor.dims[tensor.dims.length - 1];
  const logits = tensor.data.slice(-vocabulary); // [vocabulary]
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
  return { entropy: logPartition - weighted / sum, logPartition, logits };
}
