import type { Tensor } from '@huggingface/transformers';
import { unitCount } from '../core/module.js';
import type { TappedModel } from './load.js';
import type { ScannedModule } from './modules.js';
import { scanGenerate } from './scan.js';

/** Sequences in a batch unless the user says. */
const AUTOMATIC = 8;
/** Bytes of activations that one pass may hand over. */
const BUDGET = 32 << 20;
/** How far padding may move an activation, of the norm of its row. */
const TOLERANCE = 1e-4;

/**
 * Plans which prompts go through the model together: neighbours in their order where padding on the
 * left changes nothing, else only prompts of equal length. Which of the two holds is found by running
 * a short prompt alone and padded. A batch's first pass stays within 32 MB of activations.
 * @param options.batch sequences at most; by default 8
 * @returns for texts, their indices in batches // [batches][sequences]
 */
export async function planBatches(
  loaded: TappedModel,
  options: { readonly modules: readonly ScannedModule[]; readonly batch: number | undefined },
): Promise<(texts: readonly string[]) => number[][]> {
  const { modules, batch = AUTOMATIC } = options;
  const rowBytes = 4 * unitCount(modules);
  const lengthOf = (text: string) =>
    (loaded.tokenizer(text) as { input_ids: Tensor }).input_ids.dims[1];
  const company = batch > 1 ? await findCompany(loaded, modules) : 'none';
  return (texts) => {
    const lengths = texts.map(lengthOf);
    const batches: number[][] = [];
    const open = new Map<number, number[]>();
    for (const [i, length] of lengths.entries()) {
      const key = company === 'any' ? 0 : length;
      const own = open.get(key);
      const longest = Math.max(length, ...(own ?? []).map((j) => lengths[j]));
      const fits =
        own &&
        company !== 'none' &&
        own.length < batch &&
        (own.length + 1) * longest * rowBytes <= BUDGET;
      if (fits) own.push(i);
      else {
        const fresh = [i];
        open.set(key, fresh);
        batches.push(fresh);
      }
    }
    return batches;
  };
}

/** What may go together without changing an activation: any prompts, those of one length, or none. */
type Company = 'any' | 'equal' | 'none';

async function findCompany(
  loaded: TappedModel,
  modules: readonly ScannedModule[],
): Promise<Company> {
  const scan = async (...texts: string[]) => {
    const rows: Float32Array[] = [];
    await scanGenerate(loaded, {
      modules,
      prompts: texts.map((text) => ({ text, seed: 0 })),
      tokens: 2,
      sampling: { do_sample: false },
      onVolume: ({ prompt }, row) => {
        if (prompt === 0) rows.push(row.slice());
      },
    });
    return rows;
  };
  const alone = await scan('a b');
  // A graph may refuse batches, or padding: then they are not for it, which is no error.
  const beside = (other: string) => scan('a b', other).catch(() => null);
  const same = (rows: readonly Float32Array[] | null) =>
    rows?.every((row, k) => distance(row, alone[k]) <= TOLERANCE * norm(alone[k])) ?? false;
  if (!same(await beside('a b'))) return 'none';
  return same(await beside('a b c d e f')) ? 'any' : 'equal';
}

const norm = (row: Float32Array) => Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
const distance = (a: Float32Array, b: Float32Array) => norm(a.map((v, u) => v - b[u]));
