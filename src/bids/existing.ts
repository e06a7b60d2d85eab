import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OutputError } from '../core/errors.js';
import { parseTsv, textColumn } from '../files/tsv.js';
import { hemodynamicsOf } from './hemodynamics.js';
import type { HemodynamicModel, VolumeKind } from './image-run.js';
import type { JsonObject } from './json.js';
import { DERIVATIVE, sessionFiles } from './paths.js';
import { readAtlas } from './read-atlas.js';
import type { RunFacts } from './run-facts.js';
import { type BoldRun, listRuns } from './runs.js';

/** A series that stands in a dataset which this program exported. */
export interface ExistingRun extends RunFacts {
  readonly volumes: VolumeKind;
  readonly last: number | null;
  readonly hemodynamics: HemodynamicModel | null;
  /** Names of its prompts' tables below /stimuli. */
  readonly stimuli: readonly string[];
}

/** A dataset that others are added to. */
export interface ExistingDataset {
  readonly root: string;
  /** Runs that stay as they are. */
  readonly staying: readonly ExistingRun[];
}

/**
 * The series of a dataset that this program exported.
 * @throws OutputError `output/not-exported` where it was not; FileError as its files' readers do
 */
export async function readExisting(root: string): Promise<ExistingRun[]> {
  const ours = join(root, DERIVATIVE, 'dataset_description.json');
  if (!(await stat(ours).catch(() => null))) throw notExported(root, `without ${DERIVATIVE}`);
  return Promise.all((await listRuns(root)).map((run) => existingRun(root, run)));
}

async function existingRun(root: string, { entities, sidecar, events, bold }: BoldRun) {
  const id = {
    subject: entities.sub ?? '',
    session: entities.ses ?? null,
    task: entities.task ?? '',
    run: Number(entities.run),
  };
  const model = (sidecar.Model ?? {}) as JsonObject;
  const { Unit, LastTokens } = (sidecar.Volumes ?? {}) as JsonObject;
  if ((Unit !== 'token' && Unit !== 'prompt') || typeof sidecar.Seed !== 'number') {
    throw notExported(root, `whose ${bold} has no Volumes and Seed in its sidecar`);
  }
  const atlas = join(root, DERIVATIVE, sessionFiles(id).atlasTable);
  return {
    id,
    model: {
      id: String(model.Id),
      revision: String(model.Revision),
      sha256: String(model.SHA256),
      dtype: String(model.Dtype),
    },
    seed: sidecar.Seed,
    modules: await readAtlas(atlas),
    volumes: Unit,
    last: typeof LastTokens === 'number' ? LastTokens : null,
    hemodynamics: hemodynamicsOf(sidecar),
    stimuli: events === null ? [] : await stimuliOf(events),
  } satisfies ExistingRun;
}

async function stimuliOf(events: string): Promise<string[]> {
  const table = parseTsv(await readFile(events, 'utf8'), events);
  return [...new Set(textColumn(table, 'stim_file', events))].filter((name) => name !== 'n/a');
}

function notExported(root: string, why: string): OutputError {
  return new OutputError('not-exported', {
    given: `${root}, ${why}`,
    expected: 'a dataset that boldbridge export wrote',
    todo: 'Name such a dataset, or a new folder.',
  });
}
