import { formatTsv } from '../../files/tsv.js';
import { writeJson, writeText } from '../../files/whole.js';
import { writeMap } from '../../image/write-nifti.js';
import type { ModuleRow } from './modules.js';
import { filePath, type Place, requireLabel } from './outputs.js';

/** What is known of each module and layer in one network. */
export async function writeModules(
  place: Place,
  contrast: string,
  own: { readonly rows: readonly ModuleRow[]; readonly alpha: number },
): Promise<void> {
  const entities = { ...place.entities, contrast: requireLabel(contrast) };
  const path = (extension: string) => filePath(place.root, entities, 'modules', extension);
  const columns = ['level', 'name', 'units', 'active', 'discoveries', 'proportion'] as const;
  await writeText(
    path('.tsv'),
    formatTsv(
      columns,
      own.rows.map((row) => columns.map((column) => row[column])),
    ),
  );
  await writeJson(path('.json'), {
    Description:
      'At least so many units (discoveries) of each module and layer respond, with this confidence for all rows at once: all-resolutions inference on two-sided p (Rosenblatt et al. 2018)',
    Confidence: 1 - own.alpha,
    Sources: place.sources,
    Command: place.command,
  });
}

/** The voxels that were analysed, where no mask was given. */
export async function writeComputedMask(place: Place, description: string): Promise<void> {
  const entities = { ...place.entities, desc: 'brain' };
  const path = (extension: string) => filePath(place.root, entities, 'mask', extension);
  const values = place.grid.voxelOfUnit.map(() => 1); // [units]
  await writeMap(path('.nii.gz'), { grid: place.grid, values, dtype: 'uint8' });
  await writeJson(path('.json'), {
    Type: 'Brain',
    Description: description,
    Sources: place.sources,
    Command: place.command,
  });
}

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
