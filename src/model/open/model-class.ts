import * as transformers from '@huggingface/transformers';
import {
  AutoModel,
  AutoModelForCausalLM,
  AutoModelForMaskedLM,
  type PreTrainedModel,
} from '@huggingface/transformers';
import { ModelError } from '../../core/errors.js';
import type { SessionFacade } from './facade.js';

/** A class of Transformers.js that runs a model over given sessions. */
export type ModelClass = new (
  config: unknown,
  sessions: { model: SessionFacade },
  configs: { generation_config: unknown },
) => PreTrainedModel;

/** What of config.json tells the class. */
export interface ClassConfig {
  readonly model_type?: unknown;
  readonly is_encoder_decoder?: unknown;
}

/**
 * Transformers.js's class for a model, looked up in its own mappings: a causal language model if the
 * type can be one and the graph computes logits, else a masked language model or a bare one.
 * @param outputs what the graph computes
 * @throws ModelError `model/encoder-decoder`, `model/unknown-type`
 */
export function modelClass(
  config: ClassConfig,
  outputs: readonly string[],
): { readonly Model: ModelClass; readonly isCausal: boolean } {
  const type = String(config.model_type);
  if (config.is_encoder_decoder === true) {
    throw new ModelError('encoder-decoder', {
      given: `a model of the type '${type}' that is an encoder and a decoder`,
      expected: 'a language model in one graph: a decoder (GPT-like) or an encoder (BERT-like)',
      todo: 'Name another model.',
    });
  }
  const causal = outputs.includes('logits') ? classIn(AutoModelForCausalLM, type) : null;
  const Model = causal ?? classIn(AutoModelForMaskedLM, type) ?? classIn(AutoModel, type);
  if (Model) return { Model, isCausal: causal !== null };
  throw new ModelError('unknown-type', {
    given: `a model of the type '${type}' (model_type in config.json)`,
    expected: 'a language model of a type that Transformers.js knows',
    todo: 'Name a model that Transformers.js can load with AutoModelForCausalLM, AutoModelForMaskedLM or AutoModel.',
  });
}

function classIn(auto: object, type: string): ModelClass | null {
  const mappings = (auto as { MODEL_CLASS_MAPPINGS: ReadonlyMap<string, string>[] })
    .MODEL_CLASS_MAPPINGS;
  const name = mappings.map((mapping) => mapping.get(type)).find(Boolean);
  return (name && (transformers as unknown as Record<string, ModelClass>)[name]) || null;
}
