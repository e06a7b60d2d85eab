import type * as ort from 'onnxruntime-node';

export type Outputs = Record<string, ort.Tensor>;

/** What goes through the model in a pass. */
export interface PassSize {
  readonly sequences: number;
  readonly tokens: number;
}

/** A pass' outputs. */
interface Handed extends PassSize {
  readonly outputs: Outputs;
}

/** Memory that passes hand their outputs over in. */
export interface OutputPool {
  /** Outputs that a pass of this size can be written into; null where none are free. */
  take(size: PassSize): Outputs | null;
  /** Takes a pass' outputs in, which stand until the next pass. */
  put(handed: Handed): void;
  /** No more passes of these sequences come. */
  end(): void;
}

/**
 * Memory for outputs that is used again by passes of the same size, and by later sequences' passes of
 * one token: else as much as is handed over would wait for the garbage collector after every pass.
 */
export function makeOutputPool(): OutputPool {
  let free: Handed[] = [];
  return {
    take({ sequences, tokens }) {
      const fits = (own: PassSize) => own.sequences === sequences && own.tokens === tokens;
      const found = free.find(fits);
      const staysFree = (own: Handed) => fits(own) || (tokens > 1 && own.tokens === 1);
      free = free.filter((own) => own !== found && staysFree(own));
      return found?.outputs ?? null;
    },
    put(handed) {
      free.push(handed);
    },
    end() {
      free = free.filter(({ tokens }) => tokens === 1);
    },
  };
}
