import { join } from 'node:path';
import { type Entities, formatName } from '../../bids/entities.js';
import type { Grid } from '../../core/grid.js';
import { type TableKind, writeTable } from '../../files/described-table.js';
import { writeJson } from '../../files/whole.js';
import { writeMap } from '../../image/write-nifti.js';
import type { SessionMaps } from './session.js';

/** What every sidecar says. */
export type About = Readonly<Record<string, unknown>>;

interface Label {
  readonly index: number;
  readonly name: string;
}

const LABELS: TableKind<Label> = {
  description: 'The networks of the segmentation: each unit belongs to that of its largest |z|',
  columns: [
    { name: 'index', description: 'Value in the image; 0 is in none', of: (row) => row.index },
    { name: 'name', description: 'The contrast', of: (row) => row.name },
  ],
};

/** A mask of every network of a session, and one segmentation of all of them. */
export async function writeImages(root: string, session: SessionMaps, about: About): Promise<void> {
  const { subject: sub, session: ses, grid, tasks } = session;
  const own: Entities = { sub, ...(ses !== null && { ses }) };
  const folder = join(root, `sub-${sub}`, ...(ses === null ? [] : [`ses-${ses}`]));
  for (const { task, contrast, network } of tasks) {
    const entities = { ...own, task, contrast, desc: 'network' };
    const path = join(folder, 'func', formatName({ entities, suffix: 'mask', extension: '' }));
    const description = `Units of the network of ${contrast}`;
    await writeImage(path, {
      grid,
      values: network.active,
      about: { Type: 'ROI', Description: description, ...about },
    });
  }
  const entities = { ...own, seg: 'networks' };
  const path = join(folder, 'anat', formatName({ entities, suffix: 'dseg', extension: '' }));
  await writeImage(path, { grid, values: strongestNetwork(session), about });
  const labels = tasks.map(({ name }, i) => ({ index: i + 1, name }));
  await writeTable(path, LABELS, labels, about);
}

/** From 1 in the order of tasks, the network in which the unit's |z| is largest; 0 in none. */
function strongestNetwork({ tasks, grid }: SessionMaps): Uint16Array {
  const best = new Float64Array(grid.voxelOfUnit.length); // [units]
  const label = new Uint16Array(grid.voxelOfUnit.length); // [units]
  tasks.forEach(({ network, whole }, t) => {
    network.active.forEach((active, u) => {
      if (!active || Math.abs(whole.z[u]) <= best[u]) return;
      best[u] = Math.abs(whole.z[u]);
      label[u] = t + 1;
    });
  });
  return label;
}

async function writeImage(
  path: string,
  own: { readonly grid: Grid; readonly values: Uint8Array | Uint16Array; readonly about: About },
): Promise<void> {
  const { grid, values, about } = own;
  const dtype = values instanceof Uint8Array ? 'uint8' : 'int16';
  await writeMap(`${path}.nii.gz`, { grid, values, dtype });
  await writeJson(`${path}.json`, about);
}
