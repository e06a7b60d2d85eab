import { random } from '@huggingface/transformers';
import type * as ort from 'onnxruntime-node';
import { letGo } from '../../onnx/let-go.js';
import { type Cache, type Feeds, handedCache, residentCache } from './cache.js';
import { mergeFeeds, splitOutputs } from './merge.js';
import { makeOutputPool, type Outputs } from './output-pool.js';

/** One of the sequences that go through the model together. */
export interface Sequence<T> {
  /** Starts the generation, which asks for its passes through `Lockstep.run`. */
  start(): Promise<T>;
  /** Seeds the choice of the token that a pass leads to; passes are counted from 0. */
  seed(pass: number): number;
}

/** Is shown every merged pass, and awaited: its outputs by name, sequences along the batch. */
export type OnPass = (outputs: Readonly<Outputs>) => void | Promise<void>;

interface Turn {
  readonly feeds: Feeds;
  readonly resolve: (outputs: Outputs) => void;
}

/** What a started sequence does next: asks for a pass, or ends. */
type Step<T> = { readonly turn: Turn } | { readonly result: T };

/**
 * Runs several generations in lockstep: each asks for its forward passes as if it were alone, and the
 * passes of all are run as one batch. Between two passes one generation moves at a time, with the
 * random numbers seeded for its token, so that each chooses the tokens it would choose alone.
 * The key-value cache stays here; the generations only see its length.
 */
export class Lockstep {
  private arrive: ((turn: Turn) => void) | null = null;

  constructor(
    private readonly session: ort.InferenceSession,
    private readonly tensors: {
      /** Shown to onPass besides the model's own outputs. */
      readonly taps: readonly string[];
      /** Outputs of the session that are not the model's own. */
      readonly added: readonly string[];
      /** What a pass adds to the cache, where that is known (appended.ts). */
      readonly appended: ReadonlyMap<string, string> | null;
    },
  ) {}

  /**
   * Whether the cache stays here, and only what a pass adds to it is handed over. It must be known to
   * change no activation (batches.ts tries it); it spares two copies of the cache a pass.
   */
  residentCache = false;

  private readonly pool = makeOutputPool();

  get canKeepCache(): boolean {
    return this.tensors.appended !== null;
  }

  /** Whether sequences are running. */
  get active(): boolean {
    return this.arrive !== null;
  }

  /** A pass of one of the sequences that are running; it waits for the others'. */
  run(feeds: Feeds): Promise<Outputs> {
    const { arrive } = this;
    if (!arrive) throw new Error('no sequences are running');
    return new Promise((resolve) => {
      arrive({ feeds, resolve });
    });
  }

  /**
   * Runs sequences that ask for equally many passes, side by side.
   * @param onPass null leaves the taps unfetched
   * @param options.onePass each sequence takes a single pass: no cache is handed over
   * @param options.places where passes put their taps, in turns, each time for as many passes as there are
   *   places; else they stand until the next pass
   */
  async together<T>(
    sequences: readonly Sequence<T>[],
    onPass: OnPass | null,
    options: { readonly onePass?: boolean; readonly places?: readonly Readonly<Outputs>[] } = {},
  ): Promise<T[]> {
    const { onePass = false, places = [] } = options;
    if (this.arrive) throw new Error('these sequences are already running');
    try {
      const ends: Promise<T>[] = [];
      let steps: Step<T>[] = [];
      for (const [i, sequence] of sequences.entries()) {
        random.seed(sequence.seed(0));
        steps.push(await this.next(() => (ends[i] = sequence.start())));
      }
      const cache = onePass ? handedCache([]) : this.newCache();
      for (let pass = 0; ; pass++) {
        const turns = steps.flatMap((step) => ('turn' in step ? [step.turn] : []));
        if (turns.length === 0) break;
        if (turns.length !== sequences.length)
          throw new Error('a sequence ended before the others');
        const outputs = await this.pass(turns, cache, {
          onPass,
          place: places[pass % places.length],
        });
        const told = { sequences: turns.length, cache };
        const shares = splitOutputs(outputs, this.own(), told);
        steps = [];
        for (const [i, { resolve }] of turns.entries()) {
          random.seed(sequences[i].seed(pass));
          steps.push(
            await this.next(() => {
              resolve(shares[i]);
              return ends[i];
            }),
          );
        }
      }
      return await Promise.all(ends);
    } finally {
      this.arrive = null;
      this.pool.end();
    }
  }

  /** Errors pass on to the caller of `together`; the generations are left where they are. */
  private async pass(
    turns: readonly Turn[],
    cache: Cache,
    { onPass, place }: { readonly onPass: OnPass | null; readonly place?: Outputs | undefined },
  ): Promise<Outputs> {
    const asked = turns.map((turn) => turn.feeds);
    const feeds = mergeFeeds(this.session.inputNames, asked, cache);
    const shown = onPass ? this.tensors.taps : [];
    const own = this.own().filter((name) => !name.startsWith('present'));
    const fetched = [...new Set([...cache.fetched, ...own, ...shown])];
    const kept = fetched.filter((name) => !name.startsWith('present') && !place?.[name]);
    const [sequences, tokens] = feeds.input_ids.dims;
    const size = { sequences, tokens };
    const again = pick({ ...this.pool.take(size), ...place }, fetched);
    const none = Object.fromEntries(fetched.map((name) => [name, null]));
    const made = (await this.session.run(feeds, { ...none, ...again })) as Outputs;
    letGo(Object.values(pick(made, Object.keys(again))));
    const outputs = { ...made, ...again };
    this.pool.put({ ...size, outputs: pick(outputs, kept) });
    cache.update(outputs); // while the processor's own cache has what the pass made
    await onPass?.(outputs);
    return outputs;
  }

  /** Lets one generation move until it asks for its next pass or ends. */
  private next<T>(move: () => Promise<T>): Promise<Step<T>> {
    return new Promise((resolve, reject) => {
      this.arrive = (turn) => resolve({ turn });
      move().then((result) => resolve({ result }), reject);
    });
  }

  private newCache(): Cache {
    const { appended } = this.tensors;
    if (this.residentCache && appended) return residentCache(appended);
    return handedCache(this.own().filter((name) => name.startsWith('present')));
  }

  /** The model's own outputs. */
  private own(): string[] {
    const added = new Set(this.tensors.added);
    return this.session.outputNames.filter((name) => !added.has(name));
  }
}

/** Those of the names that are there. */
const pick = (outputs: Outputs, names: readonly string[]): Outputs =>
  Object.fromEntries(names.filter((name) => outputs[name]).map((name) => [name, outputs[name]]));
