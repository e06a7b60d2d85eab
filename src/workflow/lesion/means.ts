import { join } from 'node:path';
import { isDataset } from '../../bids/is-dataset.js';
import { DERIVATIVE, sessionFiles } from '../../bids/paths.js';
import { readUnits } from '../../bids/units.js';
import { measureIntensity } from '../../image/intensity.js';
import { placesOf } from '../networks/places.js';
import type { SessionMaps } from '../networks/session.js';
import type { Intervention } from './intervention.js';

/** Each unit's mean activation over the session's volumes; empty where the intervention needs none. */
export async function meansOf(
  root: string,
  session: SessionMaps,
  { mode }: Intervention,
): Promise<ArrayLike<number>> {
  if (mode !== 'mean') return [];
  if (!(await isDataset(root))) {
    return (await measureIntensity(session.inputs.map(({ series }) => series))).mean;
  }
  const { intensity } = await readUnits(join(root, DERIVATIVE, sessionFiles(session).units));
  const places = await placesOf(root, session);
  return Float64Array.from(places?.units ?? [], ({ unit }) => intensity.mean[unit]);
}
