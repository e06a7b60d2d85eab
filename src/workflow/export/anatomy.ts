import { join } from 'node:path';
import { anatFiles, anatSidecar } from '../../bids/anat.js';
import type { Templates } from '../../bids/templates.js';
import type { Grid } from '../../core/grid.js';
import type { Recording } from '../../core/recording.js';
import { writeJson } from '../../files/whole.js';
import { anatomyOf } from '../../image/anatomy.js';
import { writeMap } from '../../image/write-nifti.js';
import type { WeightFinder } from './model-weights.js';

/** Writes a session's anatomical image: what of the model does not change, on the session's grid. */
export async function writeAnatomy(
  root: string,
  session: {
    readonly recording: Recording;
    readonly grid: Grid;
    readonly templates: Templates;
    readonly weightsOf: WeightFinder;
  },
): Promise<void> {
  const { recording, grid, templates, weightsOf } = session;
  const { id, modules } = recording;
  const { norms, note } = await weightsOf(recording);
  const anatomy = anatomyOf(modules, norms);
  const files = anatFiles(id);
  await writeMap(join(root, files.image), { grid, values: anatomy.values, dtype: 'float32' });
  await writeJson(
    join(root, files.sidecar),
    await anatSidecar(templates, { anatomy, recording, norms, note }),
  );
}
