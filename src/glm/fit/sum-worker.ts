/** The thread that sum-threads.ts starts: sums what it is sent, chunk by chunk. */

import { parentPort, workerData } from 'node:worker_threads';
import type { Request } from './sum-threads.js';
import { type SumJob, startSumming } from './tile-sums.js';

const port = parentPort!;
const summing = startSumming(workerData as SumJob);
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
