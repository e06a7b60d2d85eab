import { join } from 'node:path';
import { VERSION } from '../files/versions.js';
import { writeJson, writeText } from '../files/whole.js';
import { BIDS_VERSION, renderText, type Values } from './templates.js';

/** What a folder of results says of itself. */
export interface DerivativeAbout {
  /** Completes `boldbridge: ...` in the dataset's name. */
  readonly title: string;
  /** The README's template below bids-templates/dataset. */
  readonly readme: string;
  /** Path of the raw dataset from the derivative's final place; null where the input is none. */
  readonly raw: string | null;
  readonly command: string;
  /** What the README's template asks for beside version and command. */
  readonly values?: Values;
  /** Patterns of what is not in BIDS. */
  readonly ignored: readonly string[];
}

/** Makes a folder a BIDS derivative: its description, README and .bidsignore. */
export async function describeDerivative(root: string, about: DerivativeAbout): Promise<void> {
  const { title, readme, raw, command, ignored, values } = about;
  await writeJson(join(root, 'dataset_description.json'), {
    Name: `boldbridge: ${title}`,
    BIDSVersion: BIDS_VERSION,
    DatasetType: 'derivative',
    GeneratedBy: [{ Name: 'boldbridge', Version: VERSION, Description: command }],
    ...(raw !== null && { DatasetLinks: { raw } }),
  });
  const text = await renderText(readme, { version: VERSION, command, ...values });
  await writeText(join(root, 'README.md'), text);
  await writeText(join(root, '.bidsignore'), `${ignored.join('\n')}\n`);
}
