import { join } from 'node:path';
import { describeDerivative } from '../../bids/describe-derivative.js';
import { type Entities, formatName } from '../../bids/entities.js';
import type { DesignMatrix } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import type { Grid } from '../../core/grid.js';
import type { Series } from '../../core/series.js';
import type { ContrastMaps, FMaps, Stat } from '../../core/statmap.js';
import { formatTsv } from '../../files/tsv.js';
import { writeJson, writeText } from '../../files/whole.js';
import { minusLog10P } from '../../glm/contrast/log-p.js';
import { writeMap, writeSeries } from '../../image/write-nifti.js';
import { designPicture } from '../../report/design-picture.js';
import type { Contrasts } from './contrasts.js';
import type { BrokenCount, RunFit } from './fit-run.js';
import { criticalT, type Permuted } from './permuted.js';
import { VOLUMES_WARNING } from './specification.js';

const STATS: readonly Stat[] = ['effect', 'variance', 't', 'z', 'p'];

/** What a file is about, and what it was computed from. */
export interface Place {
  readonly root: string;
  readonly entities: Entities;
  readonly grid: Grid;
  readonly sources: readonly string[];
  readonly command: string;
}

/** What sidecars say of the model. */
export type Described = Readonly<Record<string, unknown>>;

export interface Statistic {
  readonly contrast: string | null;
  readonly stat: string;
  readonly values: Float64Array; // [units]
  readonly more: Described;
}

/** One map with its sidecar. */
export async function writeStatistic(
  place: Place,
  own: Statistic,
  described: Described,
): Promise<void> {
  const { contrast, stat, values, more } = own;
  const label = contrast === null ? {} : { contrast: requireLabel(contrast) };
  const entities = { ...place.entities, ...label, stat };
  const path = (extension: string) => filePath(place.root, entities, 'statmap', extension);
  await writeMap(path('.nii.gz'), { grid: place.grid, values, dtype: 'float32' });
  await writeJson(path('.json'), {
    ...(contrast !== null && { Contrast: contrast }),
    Statistic: stat,
    ...more,
    ...described,
    SkullStripped: false,
    Sources: place.sources,
    Command: place.command,
  });
}

/** Degrees of freedom, of each unit where they vary. */
function dofOf({ dof, dofPerUnit }: ContrastMaps | FMaps): Described {
  return {
    DegreesOfFreedom: dof,
    ...(dofPerUnit && { DegreesOfFreedomVary: 'the median or largest; each unit in stat-dof' }),
  };
}

/** The maps of one contrast, t or F, as nilearn and fitlins name them, each with its sidecar. */
export async function writeMaps(
  place: Place,
  maps: ContrastMaps | FMaps,
  how: { readonly described: Described; readonly logP: boolean },
): Promise<void> {
  const { contrast, dofPerUnit } = maps;
  const isT = 't' in maps;
  const tail = { Tail: isT ? 'one-sided, upper' : 'upper' };
  const test = isT ? {} : { NumeratorDegreesOfFreedom: maps.numerator };
  const shown: [string, Float64Array][] = isT
    ? STATS.map((stat) => [stat, maps[stat]])
    : [
        ['F', maps.F],
        ['z', maps.z],
        ['p', maps.p],
      ];
  if (how.logP) shown.push(['logp', minusLog10P(maps)]);
  if (dofPerUnit) shown.push(['dof', dofPerUnit]);
  for (const [stat, values] of shown) {
    const isP = stat === 'p' || stat === 'logp';
    const units = stat === 'logp' ? { Units: '-log10 p' } : {};
    const more = { ...dofOf(maps), ...test, ...(isP && tail), ...units };
    await writeStatistic(place, { contrast, stat, values, more }, how.described);
  }
}

/** Each unit's p corrected over all units by rearranging the data. */
export async function writePermuted(
  place: Place,
  permuted: Permuted,
  how: { readonly described: Described; readonly alpha: number },
): Promise<void> {
  const { contrast, pFwe, permutations, exact, seed, scheme, exchanged, dof } = permuted;
  const critical = criticalT(permuted, { method: 'permutation', alpha: how.alpha });
  const more = {
    Description:
      'p of |t|, two-sided, corrected over all units by the largest |t| of each rearrangement (Westfall and Young 1993)',
    Permutations: permutations,
    Exact: exact,
    Seed: seed,
    Scheme: `${scheme} of ${exchanged}`,
    DegreesOfFreedom: dof,
    Alpha: how.alpha,
    CriticalT: Number.isFinite(critical) ? critical : null,
    Tail: 'two-sided',
  };
  await writeStatistic(place, { contrast, stat: 'pfwe', values: pFwe, more }, how.described);
}

/** Each unit's r squared in one run. */
export async function writeRSquare(
  place: Place,
  values: Float64Array, // [units]
  described: Described,
): Promise<void> {
  const more = { Description: 'Variance of the fitted over that of the (whitened) data' };
  await writeStatistic(place, { contrast: null, stat: 'rsquared', values, more }, described);
}

/** Data less fit, volume by volume; read and written a block at a time. */
export async function writeResiduals(
  place: Place,
  own: { readonly series: Series; readonly repetitionTime: number; readonly described: Described },
): Promise<void> {
  const { series, repetitionTime, described } = own;
  const entities = { ...place.entities, stat: 'errorts' };
  const path = (extension: string) => filePath(place.root, entities, 'statmap', extension);
  await writeSeries(path('.nii.gz'), { grid: place.grid, series, repetitionTime });
  await writeJson(path('.json'), {
    Statistic: 'errorts',
    Description: 'Data less fit, not whitened; censored volumes are 0, masked units NaN',
    RepetitionTime: repetitionTime,
    ...described,
    SkullStripped: false,
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

/** A run's design as it was fitted, with a picture of it. */
export async function writeDesign(
  place: Place,
  design: DesignMatrix,
  own: { readonly described: Described; readonly contrasts: Contrasts },
): Promise<void> {
  const { described, contrasts } = own;
  const columns = design.names.length;
  const rows = Array.from({ length: design.rows }, (_, r) => [
    ...design.values.subarray(r * columns, (r + 1) * columns),
  ]);
  const path = (extension: string) => filePath(place.root, place.entities, 'design', extension);
  await writeText(path('.tsv'), formatTsv(design.names, rows));
  await writeJson(path('.json'), {
    Rows: described.Inference === 'prompts' ? 'prompts, in order' : 'volumes',
    Columns: design.names,
    ...described,
    Sources: place.sources,
    Command: place.command,
  });
  const unit = described.Inference === 'prompts' ? 'prompts' : 'volumes';
  const title = Object.entries(place.entities).map(([key, label]) => `${key}-${label}`);
  const picture = designPicture({ design, contrasts, rows: unit, title: title.join(' ') });
  await writeText(path('.svg'), picture);
}

/** What makes the output a BIDS derivative. */
export async function writeDescription(
  root: string,
  links: { readonly raw: string | null; readonly command: string },
): Promise<void> {
  // Not in BIDS yet (draft BEP041), or tables of this program.
  // biome-ignore format: a list of words
  const ignored = [
    '*_statmap.*', '*_design.*', '*_desc-active_mask.*', '*_modules.*', 'networks.*', 'overlap.*',
    'model_smdl.json', 'group/**',
  ];
  await describeDerivative(root, {
    title: 'general linear model',
    readme: 'glm/README.md',
    ...links,
    ignored,
  });
}

/** What a run's sidecars say of its model. */
export function describe({ specification, run, broken: found }: RunFit): Described {
  const { inference, noise, drift, censor } = specification;
  return {
    Inference: inference,
    NoiseModel: noise,
    HRF: run.hrf,
    Drift: drift,
    ...(censor.length > 0 && { CensoredBy: censor, CensoredVolumes: run.censored }),
    ...(found && hasBroken(found) && { BrokenUnits: describeBroken(found) }),
    ...(inference === 'volumes' && { Warning: VOLUMES_WARNING }),
  };
}

const hasBroken = ({ constant, notFinite }: BrokenCount) => constant + notFinite > 0;

const describeBroken = ({ constant, notFinite, masked }: BrokenCount): Described => ({
  Constant: constant,
  NotFinite: notFinite,
  Treatment: masked ? 'masked: their maps are 0 (p 0.5), their dof 0' : 'their t is 0',
});

/** Below `group/` where no one subject's. */
export function filePath(
  root: string,
  entities: Entities,
  suffix: string,
  extension: string,
): string {
  const { sub, ses } = entities;
  const session = ses === undefined ? [] : [`ses-${ses}`];
  const folder = sub === undefined ? ['group'] : [`sub-${sub}`, ...session, 'func'];
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
