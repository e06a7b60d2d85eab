import { join } from 'node:path';
import type { Grid } from '../core/grid.js';
import type { Recording } from '../core/recording.js';
import { writeJson, writeText } from '../files/whole.js';
import type { Intensity } from '../image/intensity.js';
import { formatAtlas } from './atlas.js';
import { formatConfounds } from './confounds.js';
import { bidsUri, runPath, sessionFiles } from './paths.js';
import { renderJson, renderText, type Values } from './templates.js';
import { formatUnits } from './units.js';

const CONFOUNDS = { desc: 'confounds' };

/** Writes what makes a folder boldbridge's derivative dataset. */
export async function writeDerivativeText(root: string, values: Values): Promise<void> {
  const text = (name: string) => renderText(`derivative/${name}`, values);
  await writeText(join(root, 'README.md'), await text('README.md'));
  await writeText(join(root, '.bidsignore'), await text('bidsignore'));
  const description = await renderJson('derivative/dataset_description.json', values);
  await writeJson(join(root, 'dataset_description.json'), description);
}

/** Writes the tables and sidecars that a subject's recordings of one session share. */
export async function writeSessionText(
  root: string,
  session: {
    readonly recordings: readonly Recording[];
    readonly grid: Grid;
    readonly intensity: Intensity;
  },
): Promise<void> {
  const { recordings, grid, intensity } = session;
  const [{ id, modules }] = recordings;
  const sources = recordings.map(({ id }) => bidsUri('raw', runPath(id, 'bold', '.nii.gz')));
  const values = { reference: sources[0] };
  const files = sessionFiles(id);
  const sidecar = async (path: string, name: string) => {
    const template = await renderJson(`derivative/${name}`, values);
    await writeJson(join(root, path), { ...template, Sources: sources });
  };
  await sidecar(files.atlasSidecar, 'dseg.json');
  await sidecar(files.maskSidecar, 'mask.json');
  await sidecar(files.unitsSidecar, 'units.json');
  await writeText(join(root, files.atlasTable), formatAtlas(modules));
  await writeText(join(root, files.units), formatUnits(modules, grid, intensity));
  for (const { id, volumes } of recordings) {
    const place = (extension: string) =>
      join(root, runPath(id, 'timeseries', extension, CONFOUNDS));
    await writeText(place('.tsv'), formatConfounds(volumes));
    await writeJson(place('.json'), await renderJson('derivative/confounds.json', {}));
  }
}
