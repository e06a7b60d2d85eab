/**
 * Values convolved with a kernel: value t becomes the sum over k of kernel[k] x[t - k]. Before the
 * first, the values are taken to have stood at `before`.
 */
export function convolve(
  values: ArrayLike<number>, // [samples]
  kernel: Float64Array, // [lags]
  before: number,
): Float64Array {
  const out = new Float64Array(values.length); // [samples]
  for (let t = 0; t < out.length; t++) {
    for (let k = 0; k < kernel.length; k++) out[t] += kernel[k] * (k <= t ? values[t - k] : before);
  }
  return out;
}
