import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDataset } from '../../bids/is-dataset.js';
import { DERIVATIVE, sessionFiles } from '../../bids/paths.js';
import { listRuns } from '../../bids/runs.js';
import { moduleName, readUnits } from '../../bids/units.js';
import type { UnitGroup } from '../../glm/group/ari-groups.js';
import { openRecordings } from '../../recording/read.js';
import type { SessionMaps } from './session.js';

/** Where a unit comes from. */
export interface UnitPlace {
  /** Column in the recording, from 0. */
  readonly unit: number;
  /** As the atlas names it. */
  readonly module: string;
  /** In the module, from 0. */
  readonly index: number;
}

/** What is known of a session's units one by one. */
export interface Places {
  readonly units: readonly UnitPlace[]; // [units]
  /** Units of an attention head; null where the model does not tell. */
  readonly headWidth: number | null;
}

type Session = Pick<SessionMaps, 'subject' | 'session' | 'grid'>;

/** The places of a session's units; null for a dataset without a unit table. */
export async function placesOf(root: string, session: Session): Promise<Places | null> {
  return (await isDataset(root))
    ? placesInDataset(root, session)
    : placesInRecordings(root, session);
}

async function placesInRecordings(root: string, session: Session): Promise<Places | null> {
  const own = (await openRecordings(root)).find(
    ({ id }) => id.subject === session.subject && id.session === session.session,
  );
  if (!own) return null;
  const units = own.modules.flatMap((module) =>
    Array.from({ length: module.width }, (_, index): UnitPlace => {
      return { unit: module.firstUnit + index, module: moduleName(module), index };
    }),
  );
  return { units, headWidth: own.provenance.model.headWidth };
}

async function placesInDataset(root: string, session: Session): Promise<Places | null> {
  const path = join(root, DERIVATIVE, sessionFiles(session).units);
  if (!(await stat(path).catch(() => null))) return null;
  const { module, index, voxel } = await readUnits(path);
  const [width, height] = session.grid.shape;
  const unitAt = new Map(voxel.map(([x, y, z], unit) => [(z * height + y) * width + x, unit]));
  const run = (await listRuns(root)).find(({ entities }) => entities.sub === session.subject);
  const model = run?.sidecar.Model as { readonly HeadWidth?: unknown } | undefined;
  return {
    units: Array.from(session.grid.voxelOfUnit, (own): UnitPlace => {
      const unit = unitAt.get(own) ?? -1;
      return { unit, module: module[unit] ?? '', index: index[unit] ?? -1 };
    }),
    headWidth: typeof model?.HeadWidth === 'number' ? model.HeadWidth : null,
  };
}

/** The heads of every attention context: what each head hands to the output projection. */
export function headGroups({ units, headWidth }: Places): UnitGroup[] {
  if (headWidth === null) return [];
  const heads = new Map<string, number[]>();
  units.forEach(({ module, index }, u) => {
    if (!module.endsWith(':context')) return;
    const name = `${module} head ${Math.floor(index / headWidth)}`;
    const own = heads.get(name) ?? [];
    heads.set(name, own);
    own.push(u);
  });
  return [...heads].map(([name, own]) => ({ name, units: Int32Array.from(own) }));
}
