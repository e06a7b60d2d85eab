import { join } from 'node:path';
import type { Grid } from '../core/grid.js';
import { writeJson, writeText } from '../files/whole.js';
import type { Intensity } from '../image/intensity.js';
import { formatAtlas } from './atlas.js';
import { formatConfounds } from './confounds.js';
import type { ExistingDataset } from './existing.js';
import type { ImageRun, VolumeKind } from './image-run.js';
import type { JsonObject } from './json.js';
import { bidsUri, DERIVATIVE, runPath, sessionFiles } from './paths.js';
import { copyJson, copyText } from './standing.js';
import type { Templates } from './templates.js';
import { formatUnits } from './units.js';

const CONFOUNDS = { desc: 'confounds' };

/** Writes what makes boldbridge's derivative in the dataset at `root` a dataset of its own. */
export async function writeDerivativeText(
  root: string,
  place: { readonly templates: Templates; readonly existing: ExistingDataset | null },
): Promise<void> {
  const at = (name: string) => join(DERIVATIVE, name);
  await copyText(root, at('README.md'), place, 'derivative/README.md');
  await copyText(root, at('.bidsignore'), place, 'derivative/bidsignore');
  const description = 'dataset_description.json';
  await copyJson(root, at(description), place, `derivative/${description}`);
}

/** The series of one kind that a session's runs have, and its units' intensity. */
export interface SessionSeries {
  readonly runs: readonly ImageRun[];
  readonly intensity: Intensity;
}

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
  session: {
    readonly grid: Grid;
    readonly series: readonly SessionSeries[];
    readonly templates: Templates;
    /** The key Layout of the sidecars of atlas and unit tables. */
    readonly layout: JsonObject;
  },
): Promise<void> {
  const { grid, series, templates, layout } = session;
  const [{ id, modules }] = series[0].runs.map(({ recording }) => recording);
  const uri = ({ recording, entities }: ImageRun) =>
    bidsUri('raw', runPath(recording.id, 'bold', '.nii.gz', entities));
  const all = series.flatMap(({ runs }) => runs.map(uri));
  const files = sessionFiles(id);
  const sidecar = async (path: string, name: string, sources: readonly string[], more = {}) => {
    const template = await templates.json(`derivative/${name}`, { reference: all[0] });
    await writeJson(join(root, path), { ...template, ...more, Sources: sources });
  };
  await sidecar(files.atlasSidecar, 'dseg.json', all, { Layout: layout });
  await sidecar(files.maskSidecar, 'mask.json', all);
  await writeText(join(root, files.atlasTable), formatAtlas(modules));
  for (const [nth, { runs, intensity }] of series.entries()) {
    const own = nth === 0 ? files : sessionFiles(id, runs[0].entities);
    await sidecar(own.unitsSidecar, 'units.json', runs.map(uri), { Layout: layout });
    await writeText(join(root, own.units), formatUnits(modules, grid, intensity));
    for (const run of runs) {
      const { recording, volumes, entities } = run;
      const place = (extension: string) =>
        join(root, runPath(recording.id, 'timeseries', extension, { ...entities, ...CONFOUNDS }));
      await writeText(place('.tsv'), formatConfounds(run));
      await writeJson(place('.json'), await templates.json(CONFOUND_SIDECARS[volumes]));
    }
  }
}
