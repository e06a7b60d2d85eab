import { join } from 'node:path';
import type { Grid } from '../core/grid.js';
import { writeJson, writeText } from '../files/whole.js';
import type { Intensity } from '../image/intensity.js';
import { formatAtlas } from './atlas.js';
import { formatConfounds } from './confounds.js';
import type { Entities } from './entities.js';
import type { ExistingDataset } from './existing.js';
import type { ImageRun, VolumeKind } from './image-run.js';
import type { JsonObject } from './json.js';
import { bidsUri, DERIVATIVE, runPath, sessionFiles } from './paths.js';
import { copyJson, copyText, standing } from './standing.js';
import type { Templates } from './templates.js';
import { formatTokens, TOKEN_TABLE } from './tokens.js';
import { formatUnits } from './units.js';

const CONFOUNDS = { desc: 'confounds' };

/** Writes what makes boldbridge's derivative in the dataset at `root` a dataset of its own. */
export async function writeDerivativeText(
  root: string,
  place: { readonly templates: Templates; readonly existing: ExistingDataset | null },
): Promise<void> {
  const at = (name: string) => join(DERIVATIVE, name);
  await copyText(root, at('README.md'), place, 'derivative/README.md');
  await writeIgnored(root, at('.bidsignore'), place);
  const description = 'dataset_description.json';
  await copyJson(root, at(description), place, `derivative/${description}`);
}

/** Writes the patterns of what is not in BIDS; below those of a dataset that lacks some, these. */
async function writeIgnored(
  root: string,
  file: string,
  place: { readonly templates: Templates; readonly existing: ExistingDataset | null },
): Promise<void> {
  const name = 'derivative/bidsignore';
  const old = place.templates.isOwn(name) ? null : await standing(place.existing, file);
  if (old === null) return copyText(root, file, place, name);
  const known = new Set(old.split(/\r?\n/));
  const lines = (await place.templates.text(name)).split('\n');
  const missing = lines.filter((line) => !known.has(line));
  if (missing.length === 0) return;
  await writeText(join(root, file), `${[old.trimEnd(), ...missing].join('\n')}\n`);
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
const TOKEN_SIDECARS: Readonly<Record<VolumeKind, string>> = {
  token: 'tokens.json',
  prompt: 'prompt-tokens.json',
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
      const place = (suffix: string, extension: string, more: Entities) =>
        runPath(recording.id, suffix, extension, { ...entities, ...more });
      const confounds = (extension: string) =>
        join(root, place('timeseries', extension, CONFOUNDS));
      await writeText(confounds('.tsv'), formatConfounds(run));
      await writeJson(confounds('.json'), await templates.json(CONFOUND_SIDECARS[volumes]));
      const tokens = (extension: string) =>
        place(TOKEN_TABLE.suffix, extension, TOKEN_TABLE.entities);
      await writeText(join(root, tokens('.tsv')), formatTokens(run));
      await sidecar(tokens('.json'), TOKEN_SIDECARS[volumes], [uri(run)]);
    }
  }
}
