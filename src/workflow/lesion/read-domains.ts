import type { Gate } from '../../model/open/gated-session.js';
import type { TappedModel } from '../../model/open/load.js';
import { planBatches } from '../../model/scan/batches.js';
import { scoreTexts } from '../../model/scan/score.js';
import type { Domain } from './texts.js';

/** Mean log-probability a token of every text of a domain, nats. */
export type Scores = readonly Float64Array[]; // [domains][texts]

/** Reads all domains' texts with the given gates. */
export type ReadDomains = (gates: ReadonlyMap<string, Gate>) => Promise<Scores>;

/** Prepares to read the same texts many times, in batches that do not change what is read. */
export async function domainReader(
  loaded: TappedModel,
  domains: readonly Domain[],
): Promise<ReadDomains> {
  const all = domains.flatMap(({ texts }, d) => texts.map((own, t) => ({ d, t, ...own })));
  const byLength = all.toSorted((a, b) => a.ids.length - b.ids.length);
  const plan = await planBatches(loaded);
  const batches = plan.batches(byLength.map(({ text }) => text));
  return async (gates) => {
    const scores = domains.map(({ texts }) => new Float64Array(texts.length));
    loaded.setGates(gates);
    for (const batch of batches) {
      const own = batch.map((i) => byLength[i]);
      const read = await scoreTexts(
        loaded,
        own.map(({ ids }) => ids),
      );
      for (const [i, { d, t }] of own.entries()) {
        scores[d][t] = read[i].reduce((sum, value) => sum + value, 0) / read[i].length;
      }
    }
    return scores;
  };
}
