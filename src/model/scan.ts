import { random, type Tensor } from '@huggingface/transformers';
import type * as ort from 'onnxruntime-node';
import { ModelError } from '../core/errors.js';
import { unitCount } from '../core/module.js';
import type { TappedModel } from './load.js';
import type { ScannedModule } from './modules.js';
import { distribution } from './next-token.js';
import { copyToken } from './token.js';

/** How tokens are chosen; names as in Transformers.js's generation configuration. */
export interface Sampling {
  readonly do_sample: boolean;
  readonly temperature?: number;
  readonly top_k?: number;
  readonly top_p?: number;
  readonly repetition_penalty?: number;
}

/** One generated token, beside the volume that holds the pass which produced it. */
export interface ScannedToken {
  readonly inputToken: string;
  readonly outputToken: string;
  /** Natural log of the output token's probability (temperature 1, no filter). */
  readonly logProbability: number;
  /** Entropy of the next-token distribution, nats. */
  readonly entropy: number;
}

/**
 * Generates from a prompt and shows one volume per generated token: the activations, at the last
 * position, of the forward pass that produced it. The end-of-text token is suppressed, so that every
 * prompt gives the same number of volumes.
 * @param options.onVolume takes the row; it is overwritten by the next // [units]
 * @throws ModelError `model/prompt-too-long` where prompt and tokens exceed the model's context
 */
export async function scanGenerate(
  loaded: TappedModel,
  options: {
    readonly modules: readonly ScannedModule[];
    readonly prompt: string;
    readonly tokens: number;
    readonly sampling: Sampling;
    readonly seed: number;
    readonly onVolume: (row: Float32Array) => void | Promise<void>;
  },
): Promise<ScannedToken[]> {
  const { modules, tokens, onVolume } = options;
  const inputs = loaded.tokenizer(options.prompt) as { input_ids: Tensor };
  const promptIds = (inputs.input_ids.tolist() as bigint[][])[0].map(Number);
  requireRoom(loaded, options.prompt, promptIds.length + tokens);

  const row = new Float32Array(unitCount(modules));
  const passes: { entropy: number; logPartition: number; logits: Float32Array }[] = [];
  const chosen: number[] = [];
  const score: number[] = [];
  loaded.watch = async (outputs) => {
    for (const module of modules) copyToken(outputs[module.tensor], module, row);
    passes.push(distribution(outputs.logits as ort.TypedTensor<'float32'>));
    await onVolume(row);
  };
  random.seed(options.seed);
  const output = await loaded.model
    .generate({
      ...inputs,
      ...options.sampling,
      min_new_tokens: tokens,
      max_new_tokens: tokens,
      streamer: {
        // The prompt comes first, then each new token as soon as it is chosen.
        put: (ids: bigint[][]) => {
          if (passes.length === 0) return;
          const id = Number(ids[0].at(-1));
          const { logits, logPartition } = passes[passes.length - 1];
          chosen.push(id);
          score.push(logits[id] - logPartition);
          passes[passes.length - 1].logits = EMPTY;
        },
        end: () => {},
      },
    } as unknown as Parameters<TappedModel['model']['generate']>[0])
    .finally(() => {
      loaded.watch = null;
    });
  const ids = ((output as Tensor).tolist() as bigint[][])[0].map(Number);
  const text = (id: number) => loaded.tokenizer.decode([id]);
  return chosen.map((id, k) => ({
    inputToken: text(ids[promptIds.length + k - 1]),
    outputToken: text(id),
    logProbability: score[k],
    entropy: passes[k].entropy,
  }));
}

const EMPTY = new Float32Array(0);

function requireRoom(loaded: TappedModel, prompt: string, needed: number): void {
  const config = loaded.model.config as unknown as { max_position_embeddings?: number };
  const room = config.max_position_embeddings ?? Number.POSITIVE_INFINITY;
  if (needed <= room) return;
  throw new ModelError('prompt-too-long', {
    given: `the prompt '${prompt.slice(0, 60)}', which needs ${needed} tokens with those to generate`,
    expected: `at most ${room}, the model's context`,
    todo: 'Shorten the prompt or generate fewer tokens.',
  });
}
