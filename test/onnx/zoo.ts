import { join } from 'node:path';
import { type Candidate, findCandidates } from '../../src/model/find/candidates.js';
import { readGraph } from '../../src/onnx/graph.js';
import { readSkeleton } from '../../src/onnx/skeleton.js';

/** The tiny models (test/fixtures/models). */
export const ZOO = join(import.meta.dirname, '../fixtures/models');

/** What became of a model's architecture: folder, architecture in make/architectures.py, file. */
export const EXPORTS = [
  ['opt-legacy', 'opt', 'model'],
  ['opt-legacy', 'opt', 'model_quantized'],
  ['gpt2-legacy', 'gpt2', 'model'],
  ['gpt2-dynamo', 'gpt2', 'model'],
  ['gpt2-dynamo', 'gpt2', 'model_fp16'],
  ['llama-dynamo', 'llama', 'model'],
  ['llama-optimum', 'llama', 'model'],
  ['llama-optimum', 'llama', 'model_q4'],
  ['qwen2-optimum', 'qwen2', 'model_fp16'],
  ['qwen3-legacy', 'qwen3', 'model'],
  ['gemma2-dynamo', 'gemma2', 'model'],
  ['bert-dynamo', 'bert', 'model'],
  ['bert-optimum', 'bert', 'model_quantized'],
  ['phi3-optimum', 'phi3', 'model'],
] as const;

/** The modules' tensors, as the graph alone tells them. */
export async function candidatesOf(file: string): Promise<Candidate[]> {
  return findCandidates(readGraph(await readSkeleton(file)));
}

/** The last tensor of each of PyTorch's modules, by its address; what is not found is left out. */
export async function tensorsOf(
  file: string,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const candidates = await candidatesOf(file);
  const found = addresses.flatMap((address) => {
    const own = candidates.findLast(({ paths }) =>
      paths.some((path) => `/${address}`.endsWith(path)),
    );
    return own ? [[address, own.tensor] as const] : [];
  });
  return new Map(found);
}

/** What makes one vector of a whole text is no module of tokens. */
export const isPooler = (address: string) => address.startsWith('pooler');
