import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AutoConfig,
  AutoTokenizer,
  type PreTrainedModel,
  type PreTrainedTokenizer,
} from '@huggingface/transformers';
import type * as ort from 'onnxruntime-node';
import type { Device } from '../../core/runtime.js';
import { addGates } from '../../onnx/gates.js';
import { readGraph } from '../../onnx/graph.js';
import { appendedToCache } from '../scan/appended.js';
import { Lockstep } from '../scan/lockstep.js';
import { facade, type Watch } from './facade.js';
import { type GateShape, hideGates, type SetGates } from './gated-session.js';
import { type ModelFolder, readModelJson } from './locate.js';
import { type ClassConfig, modelClass } from './model-class.js';
import { openSession } from './open-session.js';

/** What is known of a tensor that is opened with a gate. */
export type Gateable = GateShape & { readonly dtype: 'float32' | 'float16' };

/** A language model that shows its tapped tensors at every forward pass. */
export interface TappedModel {
  readonly model: PreTrainedModel;
  /** Whether it can generate text: a decoder with its head, not an encoder. */
  readonly isCausal: boolean;
  readonly tokenizer: PreTrainedTokenizer;
  /** Runs generations side by side and shows their passes. */
  readonly lockstep: Lockstep;
  /** Who is shown the passes of the model called directly; null while nobody is. */
  watch: Watch | null;
  /** Silences, scales or shifts units of the modules that were opened with gates. */
  readonly setGates: SetGates;
  release(): Promise<void>;
}

/**
 * Opens a model with the given tensors tapped. Tokenizer, sampling, logits processors and stopping
 * stay Transformers.js's own.
 * @param options.skeleton the model file without its weights (onnx/skeleton.ts)
 * @param options.device default cpu
 * @throws ModelError `model/unknown-type`, `model/encoder-decoder`, `model/no-device`,
 * `model/not-opened`; FileError where a JSON file cannot be read
 */
export async function loadTapped(
  source: ModelFolder,
  options: {
    readonly skeleton: Uint8Array;
    readonly tensors: readonly string[];
    /** Modules to open with gates. */
    readonly gated?: readonly Gateable[];
    readonly device?: Device | undefined;
    readonly session?: ort.InferenceSession.SessionOptions;
  },
): Promise<TappedModel> {
  const { device = 'cpu' } = options;
  const config = await AutoConfig.from_pretrained(source.folder);
  const tokenizer = await AutoTokenizer.from_pretrained(source.folder);
  const graph = readGraph(options.skeleton);
  const appended = appendedToCache(graph);
  const { Model, isCausal } = modelClass(config as ClassConfig, graph.outputs);
  const generationConfig = await readGenerationConfig(source);
  const { gated = [] } = options;
  const tensorsGated = gated.map(({ tensor, dtype, gateShape }) => ({
    ...{ tensor, dtype, rank: gateShape.length },
  }));
  const skeleton = gated.length > 0 ? addGates(options.skeleton, tensorsGated) : options.skeleton;
  const tapped = await openSession(skeleton, {
    file: source.file,
    tensors: [...new Set([...options.tensors, ...(appended?.values() ?? [])])],
    device,
    ...(options.session && { session: options.session }),
  });
  const { session, set: setGates } = hideGates(tapped.session, gated);
  const taps = options.tensors;
  const lockstep = new Lockstep(session, { taps, added: tapped.added, appended });
  const loaded: TappedModel = {
    model: new Model(
      config,
      {
        model: facade({
          session,
          taps: tapped.added,
          lockstep,
          config: { dtype: source.dtype, device },
          onPass: () => loaded.watch,
          release: tapped.release,
        }),
      },
      { generation_config: generationConfig },
    ),
    isCausal,
    tokenizer,
    lockstep,
    watch: null,
    setGates,
    release: tapped.release,
  };
  return loaded;
}

/** Absent from older models, whose config.json says what their tokens are; the rest is defaults. */
async function readGenerationConfig(source: ModelFolder): Promise<Record<string, unknown>> {
  const name = 'generation_config.json';
  const there = await stat(join(source.folder, name)).catch(() => null);
  return there ? readModelJson(source, name) : {};
}
