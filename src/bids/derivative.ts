import { join } from 'node:path';
import type { Grid } from '../core/grid.js';
import { writeJson, writeText } from '../files/whole.js';
import type { Intensity } from '../image/intensity.js';
import { formatAtlas } from './atlas.js';
import { formatConfounds, formatPromptConfounds } from './confounds.js';
import type { ImageRun, VolumeKind } from './image-run.js';
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

/** The series of one kind that a session's runs have, and its units' intensity. */
export interface SessionSeries {
  readonly runs: readonly ImageRun[];
  readonly intensity: Intensity;
}

const CONFOUND_TABLES: Readonly<Record<VolumeKind, typeof formatConfounds>> = {
  token: formatConfounds,
  prompt: formatPromptConfounds,
};
const CONFOUND_SIDECARS: Readonly<Record<VolumeKind, string>> = {
  token: 'derivative/confounds.json',
  prompt: 'derivative/prompt-confounds.json',
};

/**
 * Writes the tables and sidecars that a subject's recordings of one session share. The unit table
 * holds the intensity of the first series; each further one has a table with its `acq` in its name.
 */
export async function writeSessionText(
  root: string,
  session: { readonly grid: Grid; readonly series: readonly SessionSeries[] },
): Promise<void> {
  const { grid, series } = session;
  const [{ id, modules }] = series[0].runs.map(({ recording }) => recording);
  const uri = ({ recording, entities }: ImageRun) =>
    bidsUri('raw', runPath(recording.id, 'bold', '.nii.gz', entities));
  const all = series.flatMap(({ runs }) => runs.map(uri));
  const files = sessionFiles(id);
  const sidecar = async (path: string, name: string, sources: readonly string[]) => {
    const template = await renderJson(`derivative/${name}`, { reference: all[0] });
    await writeJson(join(root, path), { ...template, Sources: sources });
  };
  await sidecar(files.atlasSidecar, 'dseg.json', all);
  await sidecar(files.maskSidecar, 'mask.json', all);
  await writeText(join(root, files.atlasTable), formatAtlas(modules));
  for (const [nth, { runs, intensity }] of series.entries()) {
    const own = nth === 0 ? files : sessionFiles(id, runs[0].entities);
    await sidecar(own.unitsSidecar, 'units.json', runs.map(uri));
    await writeText(join(root, own.units), formatUnits(modules, grid, intensity));
    for (const { recording, volumes, entities } of runs) {
      const place = (extension: string) =>
        join(root, runPath(recording.id, 'timeseries', extension, { ...entities, ...CONFOUNDS }));
      await writeText(place('.tsv'), CONFOUND_TABLES[volumes](recording.volumes));
      await writeJson(place('.json'), await renderJson(CONFOUND_SIDECARS[volumes], {}));
    }
  }
}
