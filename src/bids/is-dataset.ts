import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether a folder is a BIDS dataset: those have a dataset_description.json, recordings do not. */
export const isDataset = (root: string): Promise<boolean> =>
  stat(join(root, 'dataset_description.json')).then(
    () => true,
    () => false,
  );
