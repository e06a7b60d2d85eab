import { join } from 'node:path';
import type { ExistingDataset, ExistingRun } from '../../bids/existing.js';
import type { ImageRun } from '../../bids/image-run.js';
import { type JsonObject, readJsonObject } from '../../bids/json.js';
import { type LayoutFacts, layoutKey } from '../../bids/layout.js';
import { groupBy } from '../../bids/participants.js';
import { DERIVATIVE, sessionFiles } from '../../bids/paths.js';
import { sessionKey } from '../../bids/run-facts.js';
import { readUnits } from '../../bids/units.js';
import { DataError } from '../../core/errors.js';
import type { Grid } from '../../core/grid.js';
import { unitCount } from '../../core/module.js';
import type { Recording } from '../../core/recording.js';
import { makeGrid } from '../../image/grid.js';
import { measureIntensity } from '../../image/intensity.js';
import {
  functionalLayout,
  type LayoutName,
  neighbourPairs,
  randomLayout,
  rearrange,
  type Tiling,
} from '../../image/layout.js';
import { pairCorrelations } from '../../image/neighbours.js';
import { sketchSeries } from '../../image/sketch.js';
import { type StandardRun, standardVolumes } from '../../image/standardised.js';

/** Where a subject's units lie, in all its sessions. */
export interface SubjectLayout {
  readonly grid: Grid;
  /** The key Layout of its sidecars. */
  readonly about: JsonObject;
}

/** Numbers a unit that its series is sketched in, over all runs. */
const COLUMNS = 512;

/**
 * The layout of every subject: one for all its sessions, so that a unit lies in the same voxel in
 * each. A subject of whom sessions stay in the dataset keeps the places they have.
 * @param runs of the first kind of series
 * @param options.standing all series of the dataset that these are added to
 * @throws DataError `data/layout-differs`, `data/not-finite`; FileError as the existing files' readers do
 */
export async function subjectLayouts(
  runs: readonly ImageRun[],
  options: {
    readonly layout: LayoutName;
    readonly existing: ExistingDataset | null;
    readonly standing: readonly ExistingRun[];
  },
): Promise<ReadonlyMap<string, SubjectLayout>> {
  const { layout, existing } = options;
  const [first] = options.standing;
  const before = existing && first && (await standingLayout(existing.root, first));
  if (before && before.name !== layout) throw differs(existing.root, before.name);
  const layouts = new Map<string, SubjectLayout>();
  for (const [subject, own] of groupBy(runs, ({ recording }) => recording.id.subject)) {
    const recordings = own.map(({ recording }) => recording);
    const stays = existing?.staying.find(({ id }) => id.subject === subject);
    const depth = depthGrid(recordings[0]);
    if (layout === 'depth') layouts.set(subject, { grid: depth, about: layoutKey(AS_RECORDED) });
    else if (existing && stays) {
      layouts.set(subject, await asStanding(depth, await standingLayout(existing.root, stays)));
    } else layouts.set(subject, await functional(depth, recordings));
  }
  return layouts;
}

const depthGrid = ({ modules, provenance }: Recording) => makeGrid(modules, provenance.model);

const AS_RECORDED: LayoutFacts = { name: 'depth', runs: 0, allRuns: null, heldOutRuns: null };

/** Sorts the units of a subject, and measures how alike neighbours are. */
async function functional(depth: Grid, recordings: readonly Recording[]): Promise<SubjectLayout> {
  const [{ modules, provenance }] = recordings;
  const tiling: Tiling = { modules, headWidth: provenance.model.headWidth };
  const runs = await standardRuns(recordings);
  const halves = [runs.filter(isFirst), runs.filter((run, r) => !isFirst(run, r))];
  const size = { units: unitCount(modules), columns: COLUMNS / (runs.length > 1 ? 2 : 1) };
  const sketches = [await sketchSeries(halves[0], size)];
  if (runs.length > 1) sketches.push(await sketchSeries(halves[1], size));
  const cellOf = functionalLayout(tiling, sketches);
  const ofFirst = runs.length > 1 ? functionalLayout(tiling, [sketches[0]]) : cellOf;
  const facts: LayoutFacts = {
    name: 'functional',
    runs: runs.length,
    ...(await measure(tiling, runs, { cellOf, ofFirst })),
  };
  return { grid: rearrange(depth, cellOf), about: layoutKey(facts) };
}

/** Every other run, the first among them. */
const isFirst = (_: unknown, run: number) => run % 2 === 0;

/** How alike neighbours are: over all runs, and over those that a layout was not computed from. */
async function measure(
  tiling: Tiling,
  runs: readonly StandardRun[],
  { cellOf, ofFirst }: { readonly cellOf: Int32Array; readonly ofFirst: Int32Array },
): Promise<Pick<LayoutFacts, 'allRuns' | 'heldOutRuns'>> {
  const units = cellOf.length;
  const controls = [cellOf.map((_, unit) => unit), randomLayout(tiling.modules)];
  const listsOf = (own: Int32Array) =>
    [own, ...controls].map((cells) => neighbourPairs(tiling, cells));
  const all = pairCorrelations(units, listsOf(cellOf));
  const heldOut = pairCorrelations(units, listsOf(ofFirst));
  for (const [r, run] of runs.entries()) {
    for await (const z of standardVolumes([run])) {
      all.add(z);
      if (!isFirst(run, r)) heldOut.add(z);
    }
  }
  const named = ([functional, depth, random]: readonly number[]) => ({ functional, depth, random });
  return {
    allRuns: named(all.means()),
    heldOutRuns: runs.length > 1 ? named(heldOut.means()) : null,
  };
}

/** Runs with the intensity of their session. */
async function standardRuns(recordings: readonly Recording[]): Promise<StandardRun[]> {
  const sessions = groupBy(recordings, ({ id }) => sessionKey(id));
  const intensities = new Map<string, StandardRun['intensity']>();
  for (const [key, own] of sessions)
    intensities.set(key, await measureIntensity(own.map(({ series }) => series)));
  return recordings.map(({ id, series }) => ({
    series,
    intensity: intensities.get(sessionKey(id))!,
  }));
}

interface StandingLayout {
  readonly name: string;
  readonly about: JsonObject;
  readonly unitTable: string;
}

/** The layout of a session that stands in a dataset. */
async function standingLayout(root: string, { id }: ExistingRun): Promise<StandingLayout> {
  const files = sessionFiles(id);
  const at = (path: string) => join(root, DERIVATIVE, path);
  const { Layout } = await readJsonObject(at(files.atlasSidecar));
  const about = (Layout ?? layoutKey(AS_RECORDED)) as JsonObject;
  return { name: String(about.Name), about, unitTable: at(files.units) };
}

/** The same places as in the sessions that stay, from their unit table. */
async function asStanding(depth: Grid, standing: StandingLayout): Promise<SubjectLayout> {
  const { voxel } = await readUnits(standing.unitTable);
  const [width, height] = depth.shape;
  const voxelOfUnit = Int32Array.from(voxel, ([x, y, z]) => (z * height + y) * width + x);
  const [ours, theirs] = [depth.voxelOfUnit, voxelOfUnit].map((v) => v.toSorted().join());
  if (ours !== theirs) throw differs(standing.unitTable, standing.name);
  return { grid: { ...depth, voxelOfUnit }, about: standing.about };
}

function differs(where: string, name: string): DataError {
  return new DataError('layout-differs', {
    given: `Units to be placed otherwise than in ${where}, whose layout is ${name}`,
    expected: 'one layout in the whole dataset, and one place for a unit in all sessions',
    todo: 'Give --layout as when the dataset was exported, or name a new folder.',
  });
}
