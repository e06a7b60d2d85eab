import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { PACKAGE_ROOT } from '../../src/files/versions.js';

/** Writes a study of two tasks, six prompts on and six off in a run, for the embedded model. */
export async function writeSmallStudy(folder: string, changes: Record<string, string> = {}) {
  const prompts = relative(folder, join(PACKAGE_ROOT, 'bids-templates', 'prompts'));
  const lines = {
    name: 'Small',
    model: 'phantom',
    subject: 'phantom',
    repetition_time: '0.5',
    tokens: '3',
    repeats: '2',
    seed: '7',
    blocks: '{ pattern: [off, on], cycles: 3, prompts: { on: 2, off: 2 } }',
    rest: `[${prompts}/other-a.txt]`,
    tasks: `{ pathology: { prompts: ${prompts}/pathology.txt }, archeology: { prompts: ${prompts}/archeology.txt } }`,
    ...changes,
  };
  const file = join(folder, 'study.yaml');
  const text = Object.entries(lines).map(([key, value]) => `${key}: ${value}`);
  await writeFile(file, `${text.join('\n')}\n`);
  return file;
}
