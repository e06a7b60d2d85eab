import type { Provenance } from '../core/recording.js';

/** BIDS's SoftwareVersions: the programs that made a recording. */
export function softwareVersions({ versions }: Pick<Provenance, 'versions'>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
