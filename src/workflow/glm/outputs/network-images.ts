import { writeJson } from '../../../files/whole.js';
import { writeMap } from '../../../image/write-nifti.js';
import { filePath, type Place, requireLabel } from './place.js';

/** The network: the units a threshold chose, as a mask of 0 and 1. */
export async function writeNetwork(
  place: Place,
  network: {
    readonly contrast: string;
    readonly active: Uint8Array; // [units]
    readonly description: string;
  },
): Promise<void> {
  const contrast = requireLabel(network.contrast);
  const entities = { ...place.entities, contrast, desc: 'active' };
  const path = (extension: string) => filePath(place.root, entities, 'mask', extension);
  await writeMap(path('.nii.gz'), { grid: place.grid, values: network.active, dtype: 'uint8' });
  await writeJson(path('.json'), {
    Type: 'ROI',
    Description: network.description,
    Sources: place.sources,
    Command: place.command,
  });
}

/** Where the maps of a network (a task's contrast, all runs together) lie. */
export function networkPaths(
  root: string,
  network: {
    readonly subject: string;
    readonly session: string | null;
    readonly task: string;
    readonly acquisition?: string;
    readonly contrast: string;
  },
): { readonly z: string; readonly active: string } {
  const { subject, session, task, acquisition, contrast } = network;
  const series = acquisition === undefined ? {} : { acq: acquisition };
  const place = { sub: subject, ...(session !== null && { ses: session }), task };
  const entities = { ...place, ...series, contrast };
  return {
    z: filePath(root, { ...entities, stat: 'z' }, 'statmap', '.nii.gz'),
    active: filePath(root, { ...entities, desc: 'active' }, 'mask', '.nii.gz'),
  };
}
