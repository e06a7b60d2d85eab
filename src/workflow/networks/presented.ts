import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entities } from '../../bids/entities.js';
import { formatName } from '../../bids/entities.js';
import { isDataset } from '../../bids/is-dataset.js';
import { readTokens, type VolumeTokens } from '../../bids/tokens.js';
import { parseTsv, textColumn, unescapeCell } from '../../files/tsv.js';
import { openRecordings } from '../../recording/read.js';

/** What the model saw in a run. */
export interface Presented {
  /** The text of each prompt, by its name; empty where it is not told. */
  readonly texts: ReadonlyMap<string, string>;
  /** The tokens of each volume; null where they are not told. */
  readonly tokens: readonly VolumeTokens[] | null;
}

/**
 * What a recording tells of a run, or a dataset's /stimuli and tables of tokens.
 * @throws FileError as readTokens
 */
export async function presentedIn(
  root: string,
  run: { readonly entities: Entities; readonly volumes: number },
): Promise<Presented> {
  if (!(await isDataset(root))) return inRecordings(root, run.entities);
  return { texts: await textsIn(root, run.entities), tokens: await readTokens(root, run) };
}

async function inRecordings(root: string, entities: Entities): Promise<Presented> {
  const own = (await openRecordings(root)).find(
    ({ id }) =>
      id.subject === entities.sub &&
      id.session === (entities.ses ?? null) &&
      id.task === entities.task &&
      String(id.run) === entities.run,
  );
  const stimuli = own?.stimuli ?? [];
  return {
    texts: new Map(stimuli.map(({ event, text }) => [event.prompt ?? '', text])),
    tokens: own?.volumes.map((v) => ({ input: v.inputToken, output: v.outputToken })) ?? null,
  };
}

/** A subject's own table of prompts where there is one, else the one that subjects share. */
async function textsIn(
  root: string,
  { sub, ses, task, run }: Entities,
): Promise<ReadonlyMap<string, string>> {
  const shared = { task, run };
  const names = [{ ...shared, sub, ses }, shared].map((entities) =>
    formatName({ entities: entities as Entities, suffix: 'prompts', extension: '.tsv' }),
  );
  for (const name of names) {
    const path = join(root, 'stimuli', name);
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null) continue;
    const table = parseTsv(text, path);
    const prompts = textColumn(table, 'prompt', path);
    const texts = textColumn(table, 'text', path).map(unescapeCell);
    return new Map(prompts.map((prompt, i) => [prompt, texts[i]]));
  }
  return new Map();
}
