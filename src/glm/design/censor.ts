import type { DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import type { Confound } from './design.js';

/**
 * The volumes that columns of 0 and 1 mark with a 1 (fMRIPrep's `motion_outlier00`, a scrub column),
 * in order.
 * @throws DesignError `censor-column` where a column holds anything else.
 */
export function censoredBy(columns: readonly Confound[]): number[] {
  const marked = new Set<number>();
  for (const { name, values } of columns) {
    Array.from(values).forEach((value, volume) => {
      if (value === 1) marked.add(volume);
      if (value === 0 || value === 1) return;
      throw new DesignError('censor-column', {
        given: `'${name}' with ${value} at volume ${volume} (counted from 0)`,
        expected: '0 for volumes to keep and 1 for volumes to leave out',
        todo: 'Name a column of 0 and 1, or list the volumes.',
      });
    });
  }
  return [...marked].sort((a, b) => a - b); // [censored]
}

/**
 * Which volumes are left out, 1 where one is.
 * @throws DesignError `censored` where a volume is not of the run, or none would be left.
 */
export function censorMask(volumes: readonly number[], rows: number): Uint8Array {
  const mask = new Uint8Array(rows);
  for (const volume of volumes) {
    if (Number.isInteger(volume) && volume >= 0 && volume < rows) {
      mask[volume] = 1;
      continue;
    }
    throw new DesignError('censored', {
      given: `censored volume ${volume}`,
      expected: `whole numbers from 0 to ${rows - 1}`,
      todo: 'Count volumes from 0, from the first volume of the run.',
    });
  }
  return mask; // [rows]
}

/** The design with zeros in the censored rows: no volume there explains or is explained. */
export function emptiedRows(design: DesignMatrix, mask: Uint8Array): DesignMatrix {
  const columns = design.names.length;
  const values = design.values.map((value, i) => (mask[Math.floor(i / columns)] ? 0 : value));
  return { ...design, values }; // [rows, columns]
}

/**
 * The design with one more column for each censored volume, 1 there and 0 elsewhere, which takes the
 * volume out of the fit whatever the noise.
 */
export function withScrubColumns(design: DesignMatrix, mask: Uint8Array): DesignMatrix {
  const { names, rows, values } = design;
  const volumes = [...mask.keys()].filter((volume) => mask[volume]);
  const columns = names.length + volumes.length;
  const wide = new Float64Array(rows * columns); // [rows, columns]
  for (let t = 0; t < rows; t++) {
    wide.set(values.subarray(t * names.length, (t + 1) * names.length), t * columns);
  }
  volumes.forEach((volume, k) => {
    wide[volume * columns + names.length + k] = 1;
  });
  return {
    names: [...names, ...volumes.map((volume) => `censored_${volume}`)],
    rows,
    values: wide,
  };
}
