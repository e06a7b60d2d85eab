import type { TappedModel } from '../open/load.js';
import { nextTokens } from './next-token.js';
import { reading } from './read.js';

/**
 * How probable a model finds texts, read side by side: the natural log of the probability of each token
 * after the first, given those before it.
 * @param texts token ids // [texts][tokens]
 * @returns [texts][tokens - 1]
 */
export async function scoreTexts(
  loaded: TappedModel,
  texts: readonly (readonly number[])[],
): Promise<Float64Array[]> {
  const scores = texts.map((ids) => new Float64Array(Math.max(0, ids.length - 1)));
  await loaded.lockstep.together(
    texts.map((ids) => reading(loaded, ids, Number.POSITIVE_INFINITY)),
    async ({ logits }) => {
      const next = await nextTokens(logits, 'all');
      for (const [sequence, ids] of texts.entries()) {
        for (let k = 0; k + 1 < ids.length; k++) {
          const token = next.at({ sequence, back: ids.length - 1 - k });
          token.choose(ids[k + 1]);
          scores[sequence][k] = token.logProbability;
        }
      }
    },
    { onePass: true },
  );
  return scores;
}
