import { MessageChannel } from 'node:worker_threads';
import type * as ort from 'onnxruntime-node';

/** What is sent to a closed port is freed at once, with what was handed over to it. */
const { port1: nowhere } = new MessageChannel();
nowhere.close();

/**
 * Frees tensors' memory now, where it would wait for the garbage collector: nothing may be read from
 * them any more. A run that writes into given tensors hands over copies of them as well, as much
 * garbage after every run: seen with onnxruntime-node 1.30, while later sources of it
 * (js/node/src/tensor_helper.cc) hand over the memory itself.
 */
export function letGo(tensors: readonly ort.Tensor[]): void {
  const buffers = tensors.map(({ data }) => (data as Float32Array).buffer as ArrayBuffer);
  nowhere.postMessage(null, buffers);
}
