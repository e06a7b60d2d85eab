import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Series } from '../../core/series.js';
import { type Chunk, earlier } from './moment-tile.js';
import { type SumJob, type Summed, type Summing, startSumming } from './tile-sums.js';

/** The compiled worker; sources that run uncompiled have none and sum in one thread. */
const WORKER = new URL('./sum-worker.js', import.meta.url);
const HAS_WORKER = existsSync(WORKER);

/** Values from which threads are worth their start, about 100 ms. */
const WORTHWHILE = 1 << 25;
/** A thread makes little garbage; by default it would let some 40 MB of it lie. */
const LIMITS = { maxYoungGenerationSizeMb: 1 };
/** One reader feeds no more. */
const MOST = 4;

/** How many threads to sum a series with, of those that reading it leaves; 0 for none but this one. */
export function threadsFor({ units, volumes, busyThreads = 0 }: Series): number {
  if (units * volumes < WORTHWHILE) return 0;
  return Math.max(1, Math.min(MOST, availableParallelism() - busyThreads));
}

/** What a worker is asked. */
export type Request = { readonly chunk: Chunk } | 'finish';

/** Sums in threads of their own, each over a stretch of the units: the sums are the same. */
export async function startThreads(job: SumJob, threads: number): Promise<Summing> {
  if (threads === 0 || !HAS_WORKER) return startSumming(job);
  const each = Math.ceil(job.ranges.length / threads);
  const workers = Array.from({ length: Math.ceil(job.ranges.length / each) }, (_, i) => {
    const ranges = job.ranges.slice(i * each, (i + 1) * each);
    const workerData: SumJob = { ...job, ranges };
    return new Worker(WORKER, { workerData, resourceLimits: LIMITS });
  });
  const failures = workers.map((worker) => failureOf(worker));

  async function ask(request: Request): Promise<unknown[]> {
    return Promise.all(
      workers.map(async (worker, i) => {
        const answer = once(worker, 'message');
        worker.postMessage(request);
        const [value] = await Promise.race([answer, failures[i]]);
        return value;
      }),
    );
  }
  return {
    async add(chunk) {
      await ask({ chunk });
    },
    async finish() {
      const parts = (await ask('finish')) as Summed[];
      return {
        sums: parts.flatMap(({ sums }) => sums),
        broken: parts.map(({ broken }) => broken).reduce(earlier),
      };
    },
    async release() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Never fulfilled; rejected where a worker fails or ends. */
function failureOf(worker: Worker): Promise<never> {
  const failure = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('a thread of the sums ended')));
  });
  failure.catch(() => {}); // it is heard of by who asks
  return failure;
}
