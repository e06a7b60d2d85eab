import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DERIVATIVE, type SessionId, sessionFiles } from '../bids/paths.js';
import { readAtlas } from '../bids/read-atlas.js';
import { sessionKey } from '../bids/run-facts.js';
import { listRuns } from '../bids/runs.js';
import { readUnits, type UnitTable } from '../bids/units.js';
import { DataError, OutputError } from '../core/errors.js';
import type { Affine } from '../core/grid.js';
import { type Depth, type Module, type ModuleKind, unitCount } from '../core/module.js';
import { millimetresOf, voxelAt } from '../image/locate.js';
import { openNifti } from '../image/open-nifti.js';
import { writeMap } from '../image/write-nifti.js';
import { selectModules } from '../model/find/select.js';

export type Triple = readonly [number, number, number];

/** What is asked of a dataset: where a voxel, a point or a unit is, or a mask of modules. */
export type UnitsQuestion =
  | { readonly ask: 'voxel' | 'mm'; readonly at: Triple }
  | { readonly ask: 'unit'; readonly unit: number }
  | { readonly ask: 'modules'; readonly patterns: string; readonly out: string };

/** One unit: where it comes from, and where it lies. */
export interface UnitPlace {
  /** Column in the recording, from 0. */
  readonly unit: number;
  readonly module: string;
  readonly index: number;
  readonly layer: Depth;
  readonly kind: ModuleKind;
  readonly voxel: Triple;
  readonly mm: Triple;
  /** Of its activation, over the session's volumes. */
  readonly mean: number;
  readonly sd: number;
}

export interface ModulesMask {
  readonly mask: string;
  readonly modules: readonly string[];
  readonly units: number;
}

export type UnitsAnswer = { readonly place: UnitPlace } | { readonly mask: ModulesMask };

interface Space {
  readonly modules: readonly Module[];
  readonly units: UnitTable;
  readonly affine: Affine;
  readonly shape: Triple;
}

/**
 * Goes between voxels and units of an exported dataset, both ways.
 * @throws DataError `data/no-such-session`, `data/which-session`, `data/no-unit`,
 * `data/outside-grid`; ModelError `model/unknown-module`; OutputError `output/exists`; and those of
 * the files
 */
export async function findUnits(options: {
  readonly dataset: string;
  readonly subject?: string | undefined;
  readonly session?: string | undefined;
  readonly question: UnitsQuestion;
  readonly force: boolean;
}): Promise<UnitsAnswer> {
  const { dataset, question, force } = options;
  const space = await openSpace(dataset, await chooseSession(options));
  if (question.ask === 'modules') return { mask: await writeMask(space, question, force) };
  return { place: placeOf(space, unitOf(space, question)) };
}

/** The one session that is meant. */
async function chooseSession(options: {
  readonly dataset: string;
  readonly subject?: string | undefined;
  readonly session?: string | undefined;
}): Promise<SessionId> {
  const { dataset, subject, session } = options;
  const found = new Map<string, SessionId>();
  for (const { entities } of await listRuns(dataset)) {
    const id = { subject: entities.sub ?? '', session: entities.ses ?? null };
    if (subject !== undefined && id.subject !== subject.replace(/^sub-/, '')) continue;
    if (session !== undefined && id.session !== session.replace(/^ses-/, '')) continue;
    found.set(JSON.stringify(id), id);
  }
  const all = [...found.values()];
  const [only] = all;
  if (all.length === 1) return only;
  throw new DataError(only ? 'which-session' : 'no-such-session', {
    given: `${dataset}, where ${all.map(sessionKey).join(', ') || 'no session'} fits`,
    expected: 'one subject and session: each has a grid of its own',
    todo: 'Name them with --participant-label and --session.',
  });
}

async function openSpace(dataset: string, id: SessionId): Promise<Space> {
  const files = sessionFiles(id);
  const at = (path: string) => join(dataset, DERIVATIVE, path);
  const modules = await readAtlas(at(files.atlasTable));
  const { affine, shape } = await openNifti(at(files.atlas));
  return { modules, units: await readUnits(at(files.units)), affine, shape };
}

function unitOf(space: Space, question: Exclude<UnitsQuestion, { ask: 'modules' }>): number {
  const { affine, shape, units, modules } = space;
  if (question.ask === 'unit') {
    if (question.unit < unitCount(modules)) return question.unit;
    throw noUnit(`Unit ${question.unit}`, `one from 0 to ${unitCount(modules) - 1}`);
  }
  const { ask, at } = question;
  const voxel = ask === 'mm' ? voxelAt(affine, at, shape) : inside(at, shape);
  if (!voxel) {
    throw new DataError('outside-grid', {
      given: `${at.join(', ')} ${ask === 'mm' ? 'mm' : '(voxel)'}, outside the images`,
      expected: `voxels from 0, 0, 0 to ${shape.map((size) => size - 1).join(', ')}`,
      todo: 'Check the coordinates; --voxel counts from 0, --mm is in millimetres.',
    });
  }
  const unit = units.voxel.findIndex((own) => own.every((v, axis) => v === voxel[axis]));
  if (unit >= 0) return unit;
  throw noUnit(
    `Voxel ${voxel.join(', ')}, which holds no unit`,
    "a voxel inside the dataset's atlas",
  );
}

const inside = (at: Triple, shape: Triple) =>
  at.every((v, axis) => Number.isInteger(v) && v >= 0 && v < shape[axis]) ? at : null;

function noUnit(given: string, expected: string): DataError {
  return new DataError('no-unit', { given, expected, todo: 'Check the number or coordinates.' });
}

function placeOf({ modules, units, affine }: Space, unit: number): UnitPlace {
  const module = modules.findLast(({ firstUnit }) => firstUnit <= unit)!;
  const voxel = units.voxel[unit];
  return {
    unit,
    module: module.path,
    index: units.index[unit],
    layer: module.depth,
    kind: module.kind,
    voxel,
    mm: millimetresOf(affine, voxel),
    mean: units.intensity.mean[unit],
    sd: units.intensity.sd[unit],
  };
}

/** 1 where a unit of the modules is that changes at least once, as the unit mask has it. */
async function writeMask(
  { modules, units, affine, shape }: Space,
  { patterns, out }: { readonly patterns: string; readonly out: string },
  force: boolean,
): Promise<ModulesMask> {
  if (!force && (await exists(out))) {
    throw new OutputError('exists', {
      given: `${out}, which is there already`,
      expected: 'a new file',
      todo: 'Name another file with --out, or give --force to replace it.',
    });
  }
  const key = ({ path, kind }: Module) => `${path}:${kind}`;
  const chosen = new Set(selectModules(modules, patterns).map(key));
  const values = new Uint8Array(units.voxel.length); // [units]
  for (const module of modules.filter((m) => chosen.has(key(m)))) {
    for (let u = module.firstUnit; u < module.firstUnit + module.width; u++) {
      values[u] = units.intensity.sd[u] > 0 ? 1 : 0;
    }
  }
  const voxelOfUnit = Int32Array.from(
    units.voxel,
    ([x, y, z]) => (z * shape[1] + y) * shape[0] + x,
  );
  await writeMap(out, { grid: { shape, affine, voxelOfUnit }, values, dtype: 'uint8' });
  const count = values.reduce((sum, value) => sum + value, 0);
  return { mask: resolve(out), modules: [...chosen], units: count };
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
