import { join } from 'node:path';
import { type Entities, formatName } from '../../bids/entities.js';
import { BIDS_VERSION, renderText } from '../../bids/templates.js';
import { DesignError } from '../../core/errors.js';
import type { Grid } from '../../core/grid.js';
import type { ContrastMaps, Stat } from '../../core/statmap.js';
import { formatTsv } from '../../files/tsv.js';
import { VERSION } from '../../files/versions.js';
import { writeJson, writeText } from '../../files/whole.js';
import { writeMap } from '../../image/write-nifti.js';
import type { RunFit } from './fit-run.js';
import { type Specification, VOLUMES_WARNING } from './specification.js';

const STATS: readonly Stat[] = ['effect', 'variance', 't', 'z', 'p'];

/** What a file is about, and what it was computed from. */
export interface Place {
  readonly root: string;
  readonly entities: Entities;
  readonly grid: Grid;
  readonly sources: readonly string[];
  readonly command: string;
}

/** The maps of one contrast, as nilearn and fitlins name them, each with its sidecar. */
export async function writeMaps(
  place: Place,
  maps: ContrastMaps,
  specification: Specification,
): Promise<void> {
  for (const stat of STATS) {
    const entities = { ...place.entities, contrast: requireLabel(maps.contrast), stat };
    const path = (extension: string) => filePath(place.root, entities, 'statmap', extension);
    await writeMap(path('.nii.gz'), { grid: place.grid, values: maps[stat], dtype: 'float32' });
    await writeJson(path('.json'), {
      Contrast: maps.contrast,
      Statistic: stat,
      DegreesOfFreedom: maps.dof,
      ...(stat === 'p' && { Tail: 'one-sided, upper' }),
      ...describe(specification),
      SkullStripped: false,
      Sources: place.sources,
      Command: place.command,
    });
  }
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

/** Where the maps of a network (a task's contrast, all runs together) lie. */
export function networkPaths(
  root: string,
  network: {
    readonly subject: string;
    readonly session: string | null;
    readonly task: string;
    readonly contrast: string;
  },
): { readonly z: string; readonly active: string } {
  const { subject, session, task, contrast } = network;
  const entities = { sub: subject, ...(session !== null && { ses: session }), task, contrast };
  return {
    z: filePath(root, { ...entities, stat: 'z' }, 'statmap', '.nii.gz'),
    active: filePath(root, { ...entities, desc: 'active' }, 'mask', '.nii.gz'),
  };
}

/** A run's design as it was fitted. */
export async function writeDesign(place: Place, { design, specification }: RunFit): Promise<void> {
  const columns = design.names.length;
  const rows = Array.from({ length: design.rows }, (_, r) => [
    ...design.values.subarray(r * columns, (r + 1) * columns),
  ]);
  const path = (extension: string) => filePath(place.root, place.entities, 'design', extension);
  await writeText(path('.tsv'), formatTsv(design.names, rows));
  await writeJson(path('.json'), {
    Rows: specification.inference === 'prompts' ? 'prompts, in order' : 'volumes',
    Columns: design.names,
    ...describe(specification),
    Sources: place.sources,
    Command: place.command,
  });
}

/** What makes the output a BIDS derivative. */
export async function writeDescription(
  root: string,
  links: { readonly raw: string | null; readonly command: string },
): Promise<void> {
  await writeJson(join(root, 'dataset_description.json'), {
    Name: 'boldbridge: general linear model',
    BIDSVersion: BIDS_VERSION,
    DatasetType: 'derivative',
    GeneratedBy: [{ Name: 'boldbridge', Version: VERSION, Description: links.command }],
    ...(links.raw !== null && { DatasetLinks: { raw: links.raw } }),
  });
  const values = { version: VERSION, command: links.command };
  await writeText(join(root, 'README.md'), await renderText('glm/README.md', values));
  // Not in BIDS yet (draft BEP041), or tables of this program.
  const ignored = ['*_statmap.*', '*_design.*', '*_desc-active_mask.*', 'networks.*', 'overlap.*'];
  await writeText(join(root, '.bidsignore'), `${ignored.join('\n')}\n`);
}

function describe({ inference, noise, hrf, drift }: Specification) {
  return {
    Inference: inference,
    NoiseModel: noise,
    HRF: hrf,
    Drift: drift,
    ...(inference === 'volumes' && { Warning: VOLUMES_WARNING }),
  };
}

function filePath(root: string, entities: Entities, suffix: string, extension: string): string {
  const { sub, ses } = entities;
  const folder = [`sub-${sub}`, ...(ses === undefined ? [] : [`ses-${ses}`]), 'func'];
  return join(root, ...folder, formatName({ entities, suffix, extension }));
}

/**
 * A contrast's name as a BIDS label, unchanged.
 * @throws DesignError `design/contrast-label` where BIDS allows no such label
 */
export function requireLabel(contrast: string): string {
  if (/^[0-9a-zA-Z+]+$/.test(contrast)) return contrast;
  const suggestion = contrast.replace(/[^0-9a-zA-Z]+(.)?/g, (_, next = '') => next.toUpperCase());
  throw new DesignError('contrast-label', {
    given: `the contrast name '${contrast}'`,
    expected: 'letters, digits and + only: the name becomes part of file names',
    todo: `Name it, for example --contrast "${suggestion} = ${contrast}".`,
  });
}
