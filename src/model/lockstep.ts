import { random } from '@huggingface/transformers';
import type * as ort from 'onnxruntime-node';
import { mergeFeeds, splitOutputs } from './merge.js';

export type Feeds = Readonly<Record<string, ort.Tensor>>;
export type Outputs = Record<string, ort.Tensor>;

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
  readonly reject: (error: unknown) => void;
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
    /** Tensors shown to onPass besides the model's own outputs. */
    private readonly taps: readonly string[],
  ) {}

  /** Whether sequences are running. */
  get active(): boolean {
    return this.arrive !== null;
  }

  /** A pass of one of the sequences that are running; it waits for the others'. */
  run(feeds: Feeds): Promise<Outputs> {
    const { arrive } = this;
    if (!arrive) throw new Error('no sequences are running');
    return new Promise((resolve, reject) => {
      arrive({ feeds, resolve, reject });
    });
  }

  /**
   * Runs sequences that ask for equally many passes, side by side.
   * @param onPass null leaves the taps unfetched
   */
  async together<T>(sequences: readonly Sequence<T>[], onPass: OnPass | null): Promise<T[]> {
    if (this.arrive) throw new Error('these sequences are already running');
    try {
      const ends: Promise<T>[] = [];
      let steps: Step<T>[] = [];
      for (const [i, sequence] of sequences.entries()) {
        random.seed(sequence.seed(0));
        steps.push(await this.next(() => (ends[i] = sequence.start())));
      }
      let cache: Feeds = {};
      for (let pass = 0; ; pass++) {
        const turns = steps.flatMap((step) => ('turn' in step ? [step.turn] : []));
        if (turns.length === 0) break;
        if (turns.length !== sequences.length)
          throw new Error('a sequence ended before the others');
        const outputs = await this.pass(turns, cache, onPass);
        cache = cacheOf(outputs);
        const shares = splitOutputs(outputs, this.own(), turns.length);
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
    }
  }

  private async pass(
    turns: readonly Turn[],
    cache: Feeds,
    onPass: OnPass | null,
  ): Promise<Outputs> {
    try {
      const feeds = mergeFeeds(
        this.session.inputNames,
        turns.map((turn) => turn.feeds),
        cache,
      );
      const fetched = onPass ? [...this.own(), ...this.taps] : this.own();
      const outputs = (await this.session.run(feeds, fetched)) as Outputs;
      await onPass?.(outputs);
      return outputs;
    } catch (error) {
      // The first generation hands the error on; the others must not wait for ever.
      for (const { reject } of turns) reject(error);
      throw error;
    }
  }

  /** Lets one generation move until it asks for its next pass or ends. */
  private next<T>(move: () => Promise<T>): Promise<Step<T>> {
    return new Promise((resolve, reject) => {
      this.arrive = (turn) => resolve({ turn });
      move().then((result) => resolve({ result }), reject);
    });
  }

  private own(): string[] {
    const tapped = new Set(this.taps);
    return this.session.outputNames.filter((name) => !tapped.has(name));
  }
}

/** `present.*` of a pass, named as the next pass takes them. */
function cacheOf(outputs: Readonly<Outputs>): Feeds {
  const present = Object.entries(outputs).filter(([name]) => name.startsWith('present'));
  return Object.fromEntries(
    present.map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
  );
}
