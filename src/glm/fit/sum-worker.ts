/** The thread that sum-threads.ts starts: sums what it is sent, chunk by chunk. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import type { Request } from './sum-threads.js';
import { type SumJob, startSumming } from './tile-sums.js';

/** Left to itself, V8 lets 30 MB of buffers lie before it looks; they are all young. */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;

const port = parentPort!;
const summing = startSumming(workerData as SumJob, () => collect({ type: 'minor' }));
let turn: Promise<void> = summing.then(() => {});

async function answer(request: Request): Promise<void> {
  const own = await summing;
  if (request === 'finish') {
    const summed = await own.finish();
    const buffers = summed.sums.map(({ buffer }) => buffer as ArrayBuffer);
    await own.release();
    port.postMessage(summed, buffers);
    return;
  }
  await own.add(request.chunk);
  port.postMessage(null);
}

port.on('message', (request: Request) => {
  turn = turn.then(() => answer(request));
});
