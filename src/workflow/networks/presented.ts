import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entities } from '../../bids/entities.js';
import { formatName } from '../../bids/entities.js';
import { parseTsv, textColumn } from '../../files/tsv.js';
import { openRecordings } from '../../recording/read.js';

/** What the model saw in a run. */
export interface Presented {
  /** The text of each prompt, by its name; empty where it is not told. */
  readonly texts: ReadonlyMap<string, string>;
  /** The tokens of each volume; null where they are not told. */
  readonly tokens: readonly { readonly input: string; readonly output: string }[] | null;
}

/** What a recording or the /stimuli of a dataset tell of a run. */
export async function presentedIn(root: string, entities: Entities): Promise<Presented> {
  const isDataset = await stat(join(root, 'dataset_description.json')).catch(() => null);
  return isDataset ? inDataset(root, entities) : inRecordings(root, entities);
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
async function inDataset(root: string, { sub, ses, task, run }: Entities): Promise<Presented> {
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
    const texts = textColumn(table, 'text', path);
    return { texts: new Map(prompts.map((prompt, i) => [prompt, texts[i]])), tokens: null };
  }
  return { texts: new Map(), tokens: null };
}
