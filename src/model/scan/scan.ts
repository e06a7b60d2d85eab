import type { Tensor } from '@huggingface/transformers';
import { ModelError } from '../../core/errors.js';
import type { Stretch } from '../../core/series.js';
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

/** Takes volumes of one prompt, counted within it, which are there until this has ended. */
export type OnVolumes = (prompt: number, volumes: Stretch) => void | Promise<void>;

export interface ScanOptions {
  /** Continued side by side, as one batch. */
  readonly prompts: readonly Prompt[];
  /** Tokens generated from each prompt. */
  readonly tokens: number;
  readonly sampling: Sampling;
  readonly onVolumes: OnVolumes;
  /** Bytes of volumes that may be shown together, whose passes keep their outputs; by default one pass' are. */
  readonly room?: number;
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
  const together = passesTogether(loaded, options);
  const steps: NextToken[][] = prompts.map(() => []);
  let passes: Readonly<Outputs>[] = []; // not shown yet
  const show = async () => {
    const first = steps[0].length - passes.length;
    for (const prompt of prompts.keys()) {
      const rows = passes.map((outputs) => rowOf(outputs, { sequence: prompt, back: 0 }));
      await onVolumes(prompt, { first, rows });
    }
    passes = [];
  };
  const onPass = async (outputs: Readonly<Outputs>) => {
    const next = await nextTokens(outputs.logits, 'last');
    for (const prompt of prompts.keys()) steps[prompt].push(next.at({ sequence: prompt, back: 0 }));
    passes.push(outputs);
    if (passes.length === together) await show();
  };
  const all = prompts.map((prompt, i) => sequence(loaded, { ...options, prompt }, steps[i]));
  const ids = await loaded.lockstep.together(all, onPass, { standing: together });
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

/** Passes whose volumes are shown together: as many as there is room for, in parts of one length. */
function passesTogether(
  { units }: TappedModel,
  { prompts, tokens, room = 0 }: ScanOptions,
): number {
  const pass = 4 * Math.max(1, units) * prompts.length;
  const most = Math.max(1, Math.floor(room / pass));
  return Math.ceil(tokens / Math.ceil(tokens / most));
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
