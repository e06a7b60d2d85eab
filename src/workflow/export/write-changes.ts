import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonObject } from '../../bids/json.js';
import { DERIVATIVE } from '../../bids/paths.js';
import { VERSION } from '../../files/versions.js';
import { writeJson, writeText } from '../../files/whole.js';
import type { SessionChanges } from './add.js';

/**
 * Says in CHANGES and in both descriptions (GeneratedBy) what is added to a dataset; nothing where
 * nothing is. Returns the files it wrote below `stage`.
 */
export async function writeChanges(options: {
  readonly stage: string;
  readonly dataset: string;
  readonly changes: SessionChanges;
  readonly command: string;
}): Promise<string[]> {
  const { stage, dataset, changes, command } = options;
  const { added, replaced } = changes;
  if (added.length + replaced.length === 0) return [];
  const old = await readFile(join(dataset, 'CHANGES'), 'utf8').catch(() => '');
  const said = [
    ...(added.length > 0 ? [`  - Added ${added.join(', ')}.`] : []),
    ...(replaced.length > 0 ? [`  - Replaced ${replaced.join(', ')}.`] : []),
    `  - Exported by boldbridge ${VERSION}.`,
  ];
  await writeText(join(stage, 'CHANGES'), `${[nextVersion(old), ...said].join('\n')}\n${old}`);
  const name = 'dataset_description.json';
  const descriptions = [name, `${DERIVATIVE.replaceAll('\\', '/')}/${name}`];
  for (const file of descriptions) {
    const description = await readJsonObject(join(stage, file)).catch(() =>
      readJsonObject(join(dataset, file)),
    );
    const before = (await readJsonObject(join(dataset, file))).GeneratedBy;
    const entry = { Name: 'boldbridge', Version: VERSION, Description: command };
    const GeneratedBy = [...(Array.isArray(before) ? before : []), entry];
    await writeJson(join(stage, file), { ...description, GeneratedBy });
  }
  return ['CHANGES', ...descriptions];
}

/** The version above the newest, which stands first: a dataset that has grown gets a new minor one. */
function nextVersion(changes: string): string {
  const [, major = '1', minor = '0'] = /^(\d+)\.(\d+)/m.exec(changes) ?? [];
  return `${major}.${Number(minor) + 1}.0`;
}
