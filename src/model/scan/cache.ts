import * as ort from 'onnxruntime-node';

export type Feeds = Readonly<Record<string, ort.Tensor>>;

/** The key-value cache of sequences that run together: what the next pass is given, and from what. */
export interface Cache {
  /** Outputs of a pass that the cache is made from. */
  readonly fetched: readonly string[];
  /** `past_key_values.*` of the next pass; empty before the first. */
  readonly past: Feeds;
  /** Columns of `past` that hold tokens, from the first on; the others are to be masked. */
  readonly filled: number;
  /** Columns of `past`. */
  readonly capacity: number;
  /** Takes what a pass made. */
  update(outputs: Feeds): void;
}

/** The cache as the model hands it over: copied out of every pass and into the next. */
export function handedCache(present: readonly string[]): Cache {
  let past: Feeds = {};
  let length = 0;
  return {
    fetched: present,
    get past() {
      return past;
    },
    get filled() {
      return length;
    },
    get capacity() {
      return length;
    },
    update(outputs) {
      past = Object.fromEntries(
        present.map((name) => [name.replace('present', 'past_key_values'), outputs[name]]),
      );
      length = present.length > 0 ? outputs[present[0]].dims[2] : 0;
    },
  };
}

/** Columns by which a resident cache grows. */
const STEP = 64;

/**
 * A cache that stays where it is: only what a pass adds is handed over and written into columns kept
 * free for it, which the attention mask hides until then.
 * @param appended what a pass adds to each past, see appended.ts; tensors of
 * [sequences, heads, tokens, width]
 */
export function residentCache(appended: ReadonlyMap<string, string>): Cache {
  const past = new Map<string, ort.Tensor>();
  let filled = 0;
  let capacity = 0;
  const grow = (tokens: number, outputs: Feeds) => {
    const wanted = Math.ceil((filled + tokens) / STEP) * STEP;
    for (const [name, added] of appended) {
      const { dims, type } = outputs[added];
      const [sequences, heads, , width] = dims;
      const Values = outputs[added].data.constructor as Float32ArrayConstructor; // fp16: Uint16Array
      const data = new Values(sequences * heads * wanted * width);
      const before = past.get(name)?.data as Float32Array | undefined;
      for (let row = 0; before && row < sequences * heads; row++) {
        const from = row * capacity * width;
        data.set(before.subarray(from, from + filled * width), row * wanted * width);
      }
      past.set(name, new ort.Tensor(type as 'float32', data, [sequences, heads, wanted, width]));
    }
    capacity = wanted;
  };
  return {
    fetched: [...appended.values()],
    get past() {
      return Object.fromEntries(past);
    },
    get filled() {
      return filled;
    },
    get capacity() {
      return capacity;
    },
    update(outputs) {
      const [first] = appended.values();
      const tokens = outputs[first].dims[2];
      if (filled + tokens > capacity) grow(tokens, outputs);
      for (const [name, added] of appended) {
        const { dims, data } = outputs[added] as ort.TypedTensor<'float32'>;
        const [sequences, heads, , width] = dims;
        const into = past.get(name)?.data as Float32Array;
        const size = tokens * width;
        for (let row = 0; row < sequences * heads; row++) {
          const at = (row * capacity + filled) * width;
          into.set(data.subarray(row * size, (row + 1) * size), at);
        }
      }
      filled += tokens;
    },
  };
}
