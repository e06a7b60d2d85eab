import * as transformers from '@huggingface/transformers';
import {
  AutoConfig,
  AutoModelForCausalLM,
  AutoTokenizer,
  type PreTrainedModel,
  type PreTrainedTokenizer,
} from '@huggingface/transformers';
import type * as ort from 'onnxruntime-node';
import { ModelError } from '../core/errors.js';
import { openTapped } from '../onnx/tapped.js';
import { facade, type SessionFacade, type Watch } from './facade.js';
import { type ModelFolder, readModelJson } from './locate.js';
import { Lockstep } from './lockstep.js';

/** A language model that shows its tapped tensors at every forward pass. */
export interface TappedModel {
  readonly model: PreTrainedModel;
  readonly tokenizer: PreTrainedTokenizer;
  /** Runs generations side by side and shows their passes. */
  readonly lockstep: Lockstep;
  /** Who is shown the passes of the model called directly; null while nobody is. */
  watch: Watch | null;
  release(): Promise<void>;
}

type ModelClass = new (
  config: unknown,
  sessions: { model: SessionFacade },
  configs: { generation_config: unknown },
) => PreTrainedModel;

/** Transformers.js's class for a model type, looked up in its own mapping. */
function modelClass(modelType: string): ModelClass {
  const mappings = (
    AutoModelForCausalLM as unknown as { MODEL_CLASS_MAPPINGS: Map<string, string>[] }
  ).MODEL_CLASS_MAPPINGS;
  const name = mappings.map((mapping) => mapping.get(modelType)).find(Boolean);
  const found = name && (transformers as unknown as Record<string, ModelClass>)[name];
  if (found) return found;
  throw new ModelError('not-causal', {
    given: `a model of the type '${modelType}'`,
    expected: 'a text-generation (causal language) model that Transformers.js knows',
    todo: 'Name a model that Transformers.js can load with AutoModelForCausalLM.',
  });
}

/**
 * Opens a model with the given tensors tapped. Tokenizer, sampling, logits processors and stopping
 * stay Transformers.js's own.
 * @param options.skeleton the model file without its weights (onnx/skeleton.ts)
 * @throws ModelError `model/not-causal`; FileError where a JSON file cannot be read
 */
export async function loadTapped(
  source: ModelFolder,
  options: {
    readonly skeleton: Uint8Array;
    readonly tensors: readonly string[];
    readonly session?: ort.InferenceSession.SessionOptions;
  },
): Promise<TappedModel> {
  const generationConfig = await readModelJson(source, 'generation_config.json');
  const config = await AutoConfig.from_pretrained(source.folder);
  const tokenizer = await AutoTokenizer.from_pretrained(source.folder);
  const Model = modelClass(String((config as unknown as { model_type: unknown }).model_type));
  const tapped = await openTapped(options.skeleton, {
    file: source.file,
    tensors: options.tensors,
    ...(options.session && { session: options.session }),
  });
  const lockstep = new Lockstep(tapped.session, options.tensors);
  const loaded: TappedModel = {
    model: new Model(
      config,
      {
        model: facade({
          session: tapped.session,
          taps: options.tensors,
          lockstep,
          onPass: () => loaded.watch,
          release: tapped.release,
        }),
      },
      { generation_config: generationConfig },
    ),
    tokenizer,
    lockstep,
    watch: null,
    release: tapped.release,
  };
  return loaded;
}
