import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../core/errors.js';
import type { TappedModel } from '../../model/open/load.js';
import { tokenIds } from '../../model/scan/read.js';

/** A text and the ids of its tokens. */
export interface DomainText {
  readonly text: string;
  readonly ids: readonly number[]; // [tokens]
}

/** Texts of one domain. */
export interface Domain {
  readonly name: string;
  readonly texts: readonly DomainText[];
}

/**
 * The texts of every domain: a file each (`archeology.txt`), one text a line.
 * @throws FileError `file/no-texts`
 */
export async function readDomains(folder: string, loaded: TappedModel): Promise<Domain[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.txt'));
  if (names.length === 0) {
    throw new FileError('no-texts', {
      given: `${folder}, which holds no .txt file`,
      expected: 'a file of texts for each domain, one text a line',
      todo: 'Name their folder with --texts.',
    });
  }
  const read = names.sort().map(async (name): Promise<Domain> => {
    const lines = (await readFile(join(folder, name), 'utf8')).split(/\r?\n/);
    const texts = lines
      .filter((line) => line.trim() !== '')
      .map((text): DomainText => ({ text, ids: tokenIds(loaded, text) }));
    const tooShort = texts.findIndex(({ ids }) => ids.length < 2);
    if (texts.length > 0 && tooShort < 0) return { name: name.replace(/\.txt$/, ''), texts };
    throw new FileError('no-texts', {
      given: `${join(folder, name)}, ${texts.length === 0 ? 'which is empty' : `whose text ${tooShort + 1} has fewer than two tokens`}`,
      expected: 'texts of two tokens or more, one a line',
      todo: 'Mend the file.',
    });
  });
  return Promise.all(read);
}

/** The domain of a task: that of the same name, letters and digits compared. */
export function domainOf(task: string, domains: readonly Domain[]): number {
  const bare = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return domains.findIndex(({ name }) => bare(name) === bare(task.replace(/^.*\//, '')));
}
