import type * as ort from 'onnxruntime-node';
import type { Lockstep } from '../scan/lockstep.js';

/** What a pass computed: the model's own outputs and the tapped ones. */
export type PassOutputs = Readonly<Record<string, ort.Tensor>>;

/** Is shown a pass; the next one waits for it. */
export type Watch = (outputs: PassOutputs) => void | Promise<void>;

/** What Transformers.js expects of a session. */
export interface SessionFacade {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: ort.InferenceSession['inputMetadata'];
  readonly config: { readonly dtype: string; readonly device: string };
  run(feeds: Record<string, ort.Tensor>): Promise<Record<string, ort.Tensor>>;
  release(): Promise<void>;
}

/**
 * A session that looks to Transformers.js like the unedited model's: every forward pass is shown to
 * `onPass` with the tapped tensors, which Transformers.js itself never sees. With `onPass` null the
 * taps are not even fetched.
 */
export function facade(options: {
  readonly session: ort.InferenceSession;
  readonly taps: readonly string[];
  /** Runs the passes of generations that go together; see lockstep.ts. */
  readonly lockstep: Lockstep;
  /** What runs, and on what. */
  readonly config: SessionFacade['config'];
  readonly onPass: () => Watch | null;
  readonly release: () => Promise<void>;
}): SessionFacade {
  const { session, onPass, lockstep } = options;
  const tapped = new Set(options.taps);
  const own = session.outputNames.filter((name) => !tapped.has(name));
  return {
    inputNames: session.inputNames,
    outputNames: own,
    inputMetadata: session.inputMetadata,
    config: options.config,
    release: options.release,
    async run(feeds) {
      if (lockstep.active) return lockstep.run(feeds);
      const watch = onPass();
      const outputs = await session.run(feeds, watch ? session.outputNames : own);
      await watch?.(outputs);
      return Object.fromEntries(own.map((name) => [name, outputs[name]]));
    },
  };
}
