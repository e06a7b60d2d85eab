import { join } from 'node:path';
import type { Module } from '../core/module.js';
import { unitCount } from '../core/module.js';
import {
  type Provenance,
  type RunId,
  type Stimulus,
  TOKEN_VOLUME_RULES,
  type Volume,
} from '../core/recording.js';
import { createNpy, type NpyWriter } from '../files/npy.js';
import { formatTsv } from '../files/tsv.js';
import { stageFolder, writeJson, writeText } from '../files/whole.js';
import { FILES, runFolder } from './layout.js';

/** What is known of a run before its first volume. */
export interface RunPlan {
  readonly id: RunId;
  readonly taskDescription: string | null;
  /** Seconds per volume. */
  readonly repetitionTime: number;
  readonly modules: readonly Module[];
  readonly volumes: number;
  readonly provenance: Provenance;
}

/** What is known after the last: the tables. */
export interface RunTables {
  readonly volumes: readonly Volume[];
  readonly stimuli: readonly Stimulus[];
}

/**
 * Records one run into its folder under `root`, which appears only when it is whole.
 * @param record is given a function that takes the row of each volume, in any order // [units]
 * @throws OutputError `output/exists` where the run's folder holds something and `force` is false
 */
export async function writeRecording(
  root: string,
  plan: RunPlan,
  options: { readonly force: boolean },
  record: (write: NpyWriter['write']) => Promise<RunTables>,
): Promise<string> {
  const folder = join(root, runFolder(plan.id));
  await stageFolder(folder, options, async (staged) => {
    const npy = await createNpy(
      join(staged, FILES.activations),
      plan.volumes,
      unitCount(plan.modules),
    );
    const tables = await record(npy.write).catch(async (error) => {
      await npy.close().catch(() => {});
      throw error;
    });
    await npy.close();
    await writeTables(staged, plan, tables);
  });
  return folder;
}

/** Everything of a run but its activations, into a folder. */
export async function writeTables(
  folder: string,
  plan: RunPlan,
  tables: RunTables,
  /** What the file is called that says where the run came from. */
  about: string = FILES.about,
): Promise<void> {
  await writeText(join(folder, FILES.modules), modulesTable(plan.modules));
  await writeText(join(folder, FILES.volumes), volumesTable(tables.volumes));
  await writeText(join(folder, FILES.events), eventsTable(tables.stimuli));
  const { tokenVolumeRule, ...provenance } = plan.provenance;
  await writeJson(join(folder, about), {
    ...plan.id,
    taskDescription: plan.taskDescription,
    repetitionTime: plan.repetitionTime,
    ...provenance,
    tokenVolumeRule: { mode: tokenVolumeRule, meaning: TOKEN_VOLUME_RULES[tokenVolumeRule] },
  });
}

function modulesTable(modules: readonly Module[]): string {
  return formatTsv(
    ['module', 'layer', 'kind', 'tensor', 'width', 'first_unit'],
    modules.map((m) => [m.path, m.depth, m.kind, m.tensor, m.width, m.firstUnit]),
  );
}

function volumesTable(volumes: readonly Volume[]): string {
  return formatTsv(
    [
      'onset',
      'prompt',
      'position',
      'context_position',
      'input_token',
      'output_token',
      'log_probability',
      'entropy',
    ],
    volumes.map((v) => [
      v.onset,
      v.prompt,
      v.position,
      v.contextPosition,
      v.inputToken,
      v.outputToken,
      v.logProbability,
      v.entropy,
    ]),
  );
}

function eventsTable(stimuli: readonly Stimulus[]): string {
  return formatTsv(
    ['onset', 'duration', 'trial_type', 'prompt', 'text'],
    stimuli.map(({ event, text }) => [
      event.onset,
      event.duration,
      event.trialType,
      event.prompt ?? null,
      text,
    ]),
  );
}
