import type { Tensor } from '@huggingface/transformers';
import * as ort from 'onnxruntime-node';
import { ModelError } from '../../core/errors.js';
import type { Stretch, VolumeMemory } from '../../core/series.js';
import { VOLUMES } from '../../onnx/volumes.js';
import type { TappedModel } from '../open/load.js';
import type { Sequence } from './lockstep.js';
import { type NextToken, nextTokens } from './next-token.js';
import type { Outputs } from './output-pool.js';
import { rowOf } from './token.js';

/** How tokens are chosen; names as in Transformers.js's generation configuration. */
export interface Sampling {
  readonly do_sample: boolean;
  readonly temperature?: number;
  readonly top_k?: number;
  readonly top_p?: number;
  readonly repetition_penalty?: number;
}

/** A text to continue, and the seed of its sampling. */
export interface Prompt {
  readonly text: string;
  readonly seed: number;
}

/** One generated token, beside the volume that holds the pass which produced it. */
export interface ScannedToken {
  /** Index of the input token in the model's context, from 0. */
  readonly contextPosition: number;
  readonly inputToken: string;
  readonly outputToken: string;
  /** Natural log of the output token's probability (temperature 1, no filter). */
  readonly logProbability: number;
  /** Entropy of the next-token distribution, nats. */
  readonly entropy: number;
}

/** Volumes of one prompt, counted within it. */
export interface PromptVolumes extends Stretch {
  readonly prompt: number;
}

/** Takes volumes of prompts side by side, which are there until this has ended. */
export type OnVolumes = (volumes: readonly PromptVolumes[]) => void | Promise<void>;

export interface ScanOptions {
  /** Continued side by side, as one batch. */
  readonly prompts: readonly Prompt[];
  /** Tokens generated from each prompt. */
  readonly tokens: number;
  readonly sampling: Sampling;
  readonly onVolumes: OnVolumes;
  /** Volumes are put here and shown together, those of as many passes as there is room for; else of one. */
  readonly memory?: VolumeMemory;
}

/**
 * The seed of the token that a pass leads to: every token has its own, so that it does not depend on
 * what else is generated in between. The multiplier spreads passes over 32 bits (Knuth 1973, 6.4).
 */
export function passSeed(seed: number, pass: number): number {
  return (seed + Math.imul(pass, 2654435761)) >>> 0;
}

/**
 * Generates from prompts, side by side, and shows one volume per generated token: the activations, at
 * the last position, of the forward pass that produced it. The end-of-text token is suppressed, so
 * that every prompt gives the same number of volumes. A prompt gives the same tokens and, to
 * rounding, the same volumes whatever others it goes with.
 * @param loaded opened to generate
 * @returns the tokens of each prompt // [prompts][tokens]
 * @throws ModelError `model/prompt-too-long` where prompt and tokens exceed the model's context
 */
export async function scanGenerate(
  loaded: TappedModel,
  options: ScanOptions,
): Promise<ScannedToken[][]> {
  const { prompts, tokens, onVolumes } = options;
  const places = placesIn(loaded, options);
  const together = Math.max(1, places.length);
  const steps: NextToken[][] = prompts.map(() => []);
  let passes: Readonly<Outputs>[] = []; // not shown yet
  const show = async () => {
    const first = steps[0].length - passes.length;
    const rowsOf = (prompt: number) =>
      passes.map((outputs) => rowOf(outputs, { sequence: prompt, back: 0 }));
    await onVolumes(prompts.map((_, prompt) => ({ prompt, first, rows: rowsOf(prompt) })));
    passes = [];
  };
  const onPass = async (outputs: Readonly<Outputs>) => {
    const next = await nextTokens(outputs.logits, 'last');
    for (const prompt of prompts.keys()) steps[prompt].push(next.at({ sequence: prompt, back: 0 }));
    passes.push(outputs);
    if (passes.length === together) await show();
  };
  const all = prompts.map((prompt, i) => sequence(loaded, { ...options, prompt }, steps[i]));
  const ids = await loaded.lockstep.together(all, onPass, { places });
  if (passes.length > 0) await show();
  return ids.map((own, i) =>
    steps[i].map(({ entropy, logProbability }, k) => ({
      contextPosition: own.length - tokens + k - 1,
      inputToken: loaded.tokenizer.decode([own[own.length - tokens + k - 1]]),
      outputToken: loaded.tokenizer.decode([own[own.length - tokens + k]]),
      logProbability,
      entropy,
    })),
  );
}

/** Values between passes in memory, so that a prompt's volumes do not fall on the same lines of the cache. */
export const PASSES_APART = 16;

/** Where the volumes of passes go that are shown together, in parts of one length; none without room. */
function placesIn(
  { units }: TappedModel,
  { prompts, tokens, memory }: ScanOptions,
): Readonly<Outputs>[] {
  const size = prompts.length * units;
  const most = memory && size > 0 ? Math.floor(memory.length / (size + PASSES_APART)) : 0;
  if (!memory || most === 0) return [];
  const count = Math.ceil(tokens / Math.ceil(tokens / most));
  return Array.from({ length: count }, (_, i) => {
    const values = memory.subarray(i * (size + PASSES_APART), i * (size + PASSES_APART) + size);
    return { [VOLUMES]: new ort.Tensor('float32', values, [prompts.length, 1, units]) };
  });
}

/** One prompt's generation by Transformers.js; gives the ids of prompt and continuation. */
function sequence(
  loaded: TappedModel,
  options: { readonly prompt: Prompt; readonly tokens: number; readonly sampling: Sampling },
  steps: readonly NextToken[],
): Sequence<number[]> {
  const { prompt, tokens, sampling } = options;
  return {
    seed: (pass) => passSeed(prompt.seed, pass),
    async start() {
      const inputs = loaded.tokenizer(prompt.text) as { input_ids: Tensor };
      const length = inputs.input_ids.dims[1];
      requireRoom(loaded, prompt.text, length + tokens);
      const output = await loaded.model.generate({
        ...inputs,
        ...sampling,
        min_new_tokens: tokens,
        max_new_tokens: tokens,
        streamer: {
          // The prompt comes first, then each new token as soon as it is chosen.
          put: ([ids]: bigint[][]) => steps.at(-1)?.choose(Number(ids.at(-1))),
          end: () => {},
        },
      } as unknown as Parameters<TappedModel['model']['generate']>[0]);
      return ((output as Tensor).tolist() as bigint[][])[0].map(Number);
    },
  };
}

/** @throws ModelError `model/prompt-too-long` */
export function requireRoom(loaded: TappedModel, prompt: string, needed: number): void {
  const config = loaded.model.config as unknown as { max_position_embeddings?: number };
  const room = config.max_position_embeddings ?? Number.POSITIVE_INFINITY;
  if (needed <= room) return;
  throw new ModelError('prompt-too-long', {
    given: `the prompt '${prompt.slice(0, 60)}', which needs ${needed} tokens with those to generate, if any`,
    expected: `at most ${room}, the model's context`,
    todo: 'Shorten the prompt, or generate fewer tokens.',
  });
}
