import { join } from 'node:path';
import { atlasLabels } from '../../bids/atlas.js';
import { type SessionSeries, writeSessionText } from '../../bids/derivative.js';
import type { ImageRun } from '../../bids/image-run.js';
import { DERIVATIVE, runPath, sessionFiles } from '../../bids/paths.js';
import { sessionKey } from '../../bids/run-facts.js';
import { DataError } from '../../core/errors.js';
import type { Recording } from '../../core/recording.js';
import { int16Storage } from '../../image/bold-int16.js';
import type { DtypeName } from '../../image/dtype.js';
import { type MeasuredIntensity, measureIntensity, toBold } from '../../image/intensity.js';
import { writeMap, writeSeries } from '../../image/write-nifti.js';
import { writeAnatomy } from './anatomy.js';
import type { Contents } from './dataset.js';
import { convolved } from './hemodynamics.js';

/**
 * Writes a subject's session, given as a list of runs a kind of series: images, atlas, mask and tables.
 * @throws DataError `data/nothing-varies`, and those of the images
 */
export async function exportSession(
  root: string,
  kinds: readonly (readonly ImageRun[])[],
  { templates, layouts, weightsOf }: Pick<Contents, 'templates' | 'layouts' | 'weightsOf'>,
): Promise<void> {
  const [{ recording }] = kinds[0];
  const { id, modules } = recording;
  const { grid, about: layout } = layouts.get(id.subject)!;
  const series: (SessionSeries & { readonly intensity: MeasuredIntensity })[] = [];
  for (const given of kinds) {
    const runs = await convolved(given);
    const intensity = await measureIntensity(runs.map(({ recording }) => recording.series));
    series.push({ runs, intensity });
  }
  const inside = Uint8Array.from(grid.voxelOfUnit, (_, u) =>
    series.every(({ intensity }) => intensity.sd[u] > 0) ? 1 : 0,
  ); // [units]
  if (!inside.includes(1)) throw nothingVaries(sessionKey(id));
  const derivative = join(root, DERIVATIVE);
  const files = sessionFiles(id);
  const dtype: DtypeName =
    modules.length < 256 ? 'uint8' : modules.length < 32768 ? 'int16' : 'int32';
  await writeMap(join(derivative, files.atlas), { grid, values: atlasLabels(modules), dtype });
  await writeMap(join(derivative, files.mask), { grid, values: inside, dtype: 'uint8' });
  await writeAnatomy(root, { recording, grid, templates, weightsOf });
  await writeSessionText(derivative, { grid, series, templates, layout });
  for (const { runs, intensity } of series) {
    for (const { recording, entities, dtype } of runs) {
      await writeSeries(join(root, runPath(recording.id, 'bold', '.nii.gz', entities)), {
        grid,
        series: toBold(recording.series, intensity),
        repetitionTime: recording.repetitionTime,
        ...(dtype === 'int16' && { int16: int16Storage(intensity.largest, promptsOf(recording)) }),
      });
    }
  }
}

const promptsOf = ({ volumes }: Recording) => volumes.map(({ prompt }) => prompt); // [volumes]

function nothingVaries(session: string): DataError {
  return new DataError('nothing-varies', {
    given: `${session}, in which no unit ever changes`,
    expected: 'activations that vary over volumes',
    todo: 'Record more than one volume (or prompt), or other modules.',
  });
}
