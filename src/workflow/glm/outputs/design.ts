import type { DesignMatrix } from '../../../core/design.js';
import { formatTsv } from '../../../files/tsv.js';
import { writeJson, writeText } from '../../../files/whole.js';
import { designPicture } from '../../../report/design-picture.js';
import type { Contrasts } from '../design/contrasts.js';
import { type Described, filePath, type Place } from './place.js';

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
