import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatTsv } from '../files/tsv.js';
import { writeJson, writeWhole } from '../files/whole.js';
import { gzipPieces } from '../image/gzip.js';
import type { ImageRun, VolumeKind } from './image-run.js';
import { runPath } from './paths.js';
import type { Templates } from './templates.js';

const COLUMNS = ['log_probability', 'entropy'] as const;
const SIDECARS: Readonly<Record<VolumeKind, string>> = {
  token: 'stim.json',
  prompt: 'prompt-stim.json',
};

/**
 * Writes what the model made of the text as it went by, as a continuous recording: one row a volume
 * of the run's series (a prompt's row is the mean of the tokens averaged), in nats. It is not
 * convolved. The same recording gives the same bytes.
 * Source: BIDS 1.11, Physiological recordings: no header; SamplingFrequency, StartTime, Columns.
 */
export async function writeStim(root: string, run: ImageRun, templates: Templates): Promise<void> {
  const { recording, volumes, entities } = run;
  const place = (extension: string) =>
    join(root, runPath(recording.id, 'stim', extension, entities));
  const rows = recording.volumes.map(({ logProbability, entropy }) => [logProbability, entropy]);
  const withHeader = formatTsv(COLUMNS, rows);
  const text = withHeader.slice(withHeader.indexOf('\n') + 1);
  await writeWhole(place('.tsv.gz'), (temporary) =>
    pipeline(
      Readable.from(gzipPieces([new TextEncoder().encode(text)])),
      createWriteStream(temporary),
    ),
  );
  await writeJson(place('.json'), {
    TaskName: recording.id.task,
    SamplingFrequency: 1 / recording.repetitionTime,
    StartTime: 0,
    Columns: COLUMNS,
    ...(await templates.json(SIDECARS[volumes])),
  });
}
