import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AutoConfig,
  AutoTokenizer,
  type PreTrainedModel,
  type PreTrainedTokenizer,
} from '@huggingface/transformers';
import type * as ort from 'onnxruntime-node';
import type { Device, Mode } from '../../core/runtime.js';
import { addGates } from '../../onnx/gates.js';
import { readGraph } from '../../onnx/graph.js';
import { addVolumes, type TokenValues, VOLUMES } from '../../onnx/volumes.js';
import { appendedToCache } from '../scan/appended.js';
import { Lockstep } from '../scan/lockstep.js';
import { facade, type Watch } from './facade.js';
import { type GateShape, hideGates, type SetGates } from './gated-session.js';
import { type ModelFolder, readModelJson } from './locate.js';
import { type ClassConfig, modelClass } from './model-class.js';
import { openSession } from './open-session.js';

/** What is known of a tensor that is opened with a gate. */
export type Gateable = GateShape & { readonly dtype: 'float32' | 'float16' };

/** A language model that shows what it was opened for at every forward pass. */
export interface TappedModel {
  readonly model: PreTrainedModel;
  /** What it was opened for. */
  readonly mode: Mode;
  /** Values it shows of each token. */
  readonly units: number;
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
 * Opens a model that shows modules' values, token by token (onnx/volumes.ts), or single tensors.
 * Tokenizer, sampling, logits processors and stopping stay Transformers.js's own.
 * @param options.skeleton the model file without its weights (onnx/skeleton.ts)
 * @param options.mode which tokens' values are shown: every pass' last to `generate`, which is the
 * default, or all to `read`
 * @param options.device default cpu
 * @throws ModelError `model/unknown-type`, `model/encoder-decoder`, `model/no-device`,
 * `model/not-opened`; FileError where a JSON file cannot be read
 */
export async function loadTapped(
  source: ModelFolder,
  options: {
    readonly skeleton: Uint8Array;
    readonly mode?: Mode;
    /** Whose values are shown, in this order. */
    readonly modules?: readonly TokenValues[];
    /** Tensors that are shown as they are to who watches. */
    readonly tensors?: readonly string[];
    /** Modules to open with gates. */
    readonly gated?: readonly Gateable[];
    readonly device?: Device | undefined;
    readonly session?: ort.InferenceSession.SessionOptions;
  },
): Promise<TappedModel> {
  const { device = 'cpu', mode = 'generate', modules = [], tensors = [], gated = [] } = options;
  const config = await AutoConfig.from_pretrained(source.folder);
  const tokenizer = await AutoTokenizer.from_pretrained(source.folder);
  const graph = readGraph(options.skeleton);
  const appended = appendedToCache(graph);
  const { Model, isCausal } = modelClass(config as ClassConfig, graph.outputs);
  const generationConfig = await readGenerationConfig(source);
  const tensorsGated = gated.map(({ tensor, dtype, gateShape }) => ({
    ...{ tensor, dtype, rank: gateShape.length },
  }));
  const withGates = gated.length > 0 ? addGates(options.skeleton, tensorsGated) : options.skeleton;
  const shown = mode === 'read' ? 'all' : 'last';
  const skeleton = modules.length > 0 ? addVolumes(withGates, modules, shown) : withGates;
  const taps = modules.length > 0 ? [...tensors, VOLUMES] : tensors;
  const tapped = await openSession(skeleton, {
    file: source.file,
    tensors: [...new Set([...taps, ...(appended?.values() ?? [])])],
    device,
    ...(options.session && { session: options.session }),
  });
  const { session, set: setGates } = hideGates(tapped.session, gated);
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
    mode,
    units: modules.reduce((sum, { gateShape }) => sum + gateShape.reduce((a, b) => a * b, 1), 0),
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
