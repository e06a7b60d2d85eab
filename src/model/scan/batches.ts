import type { Mode } from '../../core/runtime.js';
import type { TappedModel } from '../open/load.js';
import { scanRead, tokenIds } from './read.js';
import { type OnVolumes, scanGenerate } from './scan.js';

/** Sequences in a batch unless the user says. */
const AUTOMATIC: Readonly<Record<Mode, number>> = { generate: 8, read: 32 };
/** Bytes of activations and logits that one pass may hand over. */
const BUDGET = 48 << 20;
/** How far company may move an activation, of the norm of its row. */
const TOLERANCE = 1e-4;

export interface BatchPlan {
  /** Which texts go through the model together, by index // [batches][sequences] */
  batches(texts: readonly string[]): number[][];
  /** Texts that go together, at most. */
  readonly abreast: number;
  /** Tokens one sequence may take in a pass. */
  readonly tokensPerPass: number;
}

/**
 * Plans which texts go through the model together: neighbours in their order where padding on the
 * left changes nothing, else only texts of equal length, else none. Which of these holds is found by
 * running a short text alone and in company. A pass hands over at most 48 MB where it can be split.
 * @param options.batch sequences at most; by default 8 to generate, 32 to read
 */
export async function planBatches(
  loaded: TappedModel,
  { batch }: { readonly batch?: number | undefined } = {},
): Promise<BatchPlan> {
  const { mode, units } = loaded;
  const most = batch ?? AUTOMATIC[mode];
  const { vocab_size = 0 } = loaded.model.config as unknown as { vocab_size?: number };
  if (mode === 'generate') await settleCache(loaded);
  const company = most > 1 ? await findCompany(loaded) : 'none';
  const bytes = (tokens: number) =>
    4 * (vocab_size * tokens + units * (mode === 'read' ? tokens : 1));
  const fits = (own: readonly number[], length: number, lengths: readonly number[]) => {
    const longest = Math.max(length, ...own.map((i) => lengths[i]));
    return own.length < most && (own.length + 1) * bytes(longest) <= BUDGET;
  };
  return {
    abreast: company === 'none' ? 1 : most,
    tokensPerPass: Math.max(1, Math.floor(BUDGET / bytes(1))),
    batches(texts) {
      const lengths = texts.map((text) => tokenIds(loaded, text).length);
      if (company === 'none') return texts.map((_, i) => [i]);
      const batches: number[][] = [];
      const open = new Map<number, number[]>();
      for (const [i, length] of lengths.entries()) {
        const key = company === 'any' ? 0 : length;
        const own = open.get(key);
        if (own && fits(own, length, lengths)) own.push(i);
        else {
          const fresh = [i];
          open.set(key, fresh);
          batches.push(fresh);
        }
      }
      return batches;
    },
  };
}

/** What may go together without changing an activation: any texts, those of one length, or none. */
type Company = 'any' | 'equal' | 'none';

async function findCompany(loaded: TappedModel): Promise<Company> {
  const alone = await firstRows(loaded, ['a b']);
  // A graph may refuse batches, or padding: then they are not for it, which is no error.
  const beside = (other: string) => firstRows(loaded, ['a b', other]).catch(() => null);
  if (!same(await beside('a b'), alone)) return 'none';
  return same(await beside('a b c d e f'), alone) ? 'any' : 'equal';
}

/** Keeps the cache in the lockstep where the model allows it and no activation changes by it. */
async function settleCache(loaded: TappedModel): Promise<void> {
  const { lockstep } = loaded;
  if (!lockstep.canKeepCache) return;
  const run = () => firstRows(loaded, ['a b c', 'd']);
  lockstep.residentCache = false;
  const handed = await run();
  lockstep.residentCache = true;
  const resident = await run().catch(() => null); // a graph may count positions by the cache's length
  lockstep.residentCache = same(resident, handed);
}

/** The same volumes, to the tolerance. */
function same(rows: readonly Float32Array[] | null, expected: readonly Float32Array[]): boolean {
  const close = (row: Float32Array, k: number) =>
    distance(row, expected[k]) <= TOLERANCE * norm(expected[k]);
  return rows !== null && rows.length === expected.length && rows.every(close);
}

/** The volumes of the first of several texts that are scanned together. */
async function firstRows(loaded: TappedModel, texts: readonly string[]): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  const onVolumes: OnVolumes = ([volumes]) => {
    rows.push(...volumes.rows.map((row) => Float32Array.from(row)));
  };
  if (loaded.mode === 'read') {
    await scanRead(loaded, { texts, tokensPerPass: Number.POSITIVE_INFINITY, onVolumes });
  } else {
    const prompts = texts.map((text) => ({ text, seed: 0 }));
    const sampling = { do_sample: false };
    await scanGenerate(loaded, { prompts, tokens: 4, sampling, onVolumes });
  }
  return rows;
}

const norm = (row: Float32Array) => Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
const distance = (a: Float32Array, b: Float32Array) => norm(a.map((v, u) => v - b[u]));
