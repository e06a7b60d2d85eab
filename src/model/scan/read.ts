import { DynamicCache, Tensor } from '@huggingface/transformers';
import type { TappedModel } from '../open/load.js';
import type { Sequence } from './lockstep.js';
import { type NextToken, nextTokens } from './next-token.js';
import type { Outputs } from './output-pool.js';
import { type OnVolumes, requireRoom, type ScannedToken } from './scan.js';
import { rowOf } from './token.js';

export interface ReadOptions {
  /** Read side by side, as one batch. */
  readonly texts: readonly string[];
  /** Tokens a pass may take; longer texts, which are read alone, take several. */
  readonly tokensPerPass: number;
  readonly onVolumes: OnVolumes;
}

/** Token ids of a text, special tokens as the tokenizer adds them. */
export function tokenIds(loaded: TappedModel, text: string): number[] {
  const { input_ids } = loaded.tokenizer(text) as { input_ids: Tensor };
  return (input_ids.tolist() as bigint[][])[0].map(Number);
}

/**
 * Reads texts, side by side, and shows one volume per token: the activations at that token, from one
 * forward pass (or several on top of a cache, where a long text would hand over too much at once).
 * The output token of a volume is the text's next token; the last has none, and encoders predict none.
 * @param loaded opened to read
 * @returns the tokens of each text // [texts][tokens]
 * @throws ModelError `model/prompt-too-long` where a text exceeds the model's context; Error where the
 * model was opened to generate, and so shows the last tokens alone
 */
export async function scanRead(
  loaded: TappedModel,
  options: ReadOptions,
): Promise<ScannedToken[][]> {
  if (loaded.mode !== 'read') throw new Error('the model was opened to generate, not to read');
  const { texts, onVolumes } = options;
  const ids = texts.map((text) => tokenIds(loaded, text));
  for (const [i, own] of ids.entries()) requireRoom(loaded, texts[i], own.length);
  const chunk =
    texts.length > 1 || !loaded.isCausal ? Number.POSITIVE_INFINITY : options.tokensPerPass;
  const read: ScannedToken[][] = texts.map(() => []);
  const onPass = async (outputs: Readonly<Outputs>) => {
    const next = loaded.isCausal ? await nextTokens(outputs.logits, 'all') : null;
    const volumes = ids.map((own, sequence) => {
      const first = read[sequence].length;
      const tokens = Math.min(chunk, own.length - first);
      const rows = Array.from({ length: tokens }, (_, i) => {
        const at = { sequence, back: tokens - 1 - i };
        read[sequence].push(describe(loaded, own, first + i, next?.at(at) ?? null));
        return rowOf(outputs, at);
      });
      return { prompt: sequence, first, rows };
    });
    await onVolumes(volumes);
  };
  await loaded.lockstep.together(
    ids.map((own) => reading(loaded, own, chunk)),
    onPass,
    { onePass: ids.every((own) => own.length <= chunk) },
  );
  return read;
}

function describe(
  loaded: TappedModel,
  ids: readonly number[],
  position: number,
  next: NextToken | null,
): ScannedToken {
  const following = ids[position + 1];
  if (following !== undefined) next?.choose(following);
  const predicts = next !== null && following !== undefined;
  return {
    contextPosition: position,
    inputToken: loaded.tokenizer.decode([ids[position]]),
    outputToken: predicts ? loaded.tokenizer.decode([following]) : '',
    logProbability: next?.logProbability ?? Number.NaN,
    entropy: next?.entropy ?? Number.NaN,
  };
}

/** One text's passes: the model called by Transformers.js, a chunk of tokens at a time. */
export function reading(
  loaded: TappedModel,
  ids: readonly number[],
  chunk: number,
): Sequence<void> {
  const call = loaded.model as unknown as (
    inputs: Record<string, unknown>,
  ) => Promise<Record<string, Tensor>>;
  return {
    seed: () => 0,
    async start() {
      let cache: DynamicCache | null = null;
      for (let done = 0; done < ids.length; done += chunk) {
        const own = ids.slice(done, done + chunk);
        const all = done + own.length;
        const outputs = await call({
          input_ids: new Tensor('int64', BigInt64Array.from(own, BigInt), [1, own.length]),
          attention_mask: new Tensor('int64', new BigInt64Array(all).fill(1n), [1, all]),
          token_type_ids: new Tensor('int64', new BigInt64Array(own.length), [1, own.length]),
          ...(cache && { past_key_values: cache }),
        });
        cache = new DynamicCache(presentOf(outputs));
      }
    },
  };
}

/** What a pass leaves for the next; see lockstep.ts for where the values are. */
function presentOf(outputs: Record<string, Tensor>): Record<string, Tensor> {
  const present = Object.entries(outputs).filter(([name]) => name.startsWith('present'));
  return Object.fromEntries(
    present.map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
  );
}
