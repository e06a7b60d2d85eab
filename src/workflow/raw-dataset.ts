import { relative, resolve } from 'node:path';
import type { RunInput } from './glm/inputs/run-input.js';

/** The way from an output folder to the dataset it was made of; null where that is of recordings. */
export const rawDatasetOf = (
  [{ source }]: readonly Pick<RunInput, 'source'>[],
  { out, dataset }: { readonly out: string; readonly dataset: string },
): string | null => (source.startsWith('bids:') ? relative(resolve(out), resolve(dataset)) : null);
