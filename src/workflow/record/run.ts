import { join } from 'node:path';
import type { Provenance, Volume } from '../../core/recording.js';
import type { VolumeMemory } from '../../core/series.js';
import type { ScannedModule } from '../../model/find/modules.js';
import type { TappedModel } from '../../model/open/load.js';
import type { BatchPlan } from '../../model/scan/batches.js';
import { scanRead } from '../../model/scan/read.js';
import {
  type OnVolumes,
  type Sampling,
  type ScannedToken,
  scanGenerate,
} from '../../model/scan/scan.js';
import { runFolder } from '../../recording/layout.js';
import {
  type RunPlan,
  type RunTables,
  writeRecording,
  writeTables,
} from '../../recording/write.js';
import type { PlannedPrompt, PlannedRun } from '../../study/plan.js';
import type { StudyFile } from '../../study/schema.js';
import type { OnStretches } from './live-series.js';

export interface RunScan {
  readonly run: PlannedRun;
  readonly modules: readonly ScannedModule[];
  readonly provenance: Provenance;
  readonly settings: StudyFile;
  readonly plan: BatchPlan;
  /** Is shown every volume, in the order in which they come. */
  readonly onStretches: OnStretches;
  readonly memory: VolumeMemory;
}

/** Records one run into its folder under `root`, which appears when it is whole. */
export async function recordRun(
  loaded: TappedModel,
  scan: RunScan,
  place: { readonly root: string; readonly force: boolean },
): Promise<void> {
  await writeRecording(place.root, planOf(scan), place, (write) =>
    scanRun(loaded, scan, async (stretches) => {
      for (const { first, rows } of stretches)
        for (const [v, values] of rows.entries()) await write(first + v, (row) => row.set(values));
      await scan.onStretches(stretches);
    }),
  );
}

/** What a run's folder has in the place of recording.json where its activations were not kept. */
const ABOUT_UNKEPT = 'scan.json';

/** Scans one run and keeps its tables alone, in its folder under `root`. */
export async function scanUnkept(loaded: TappedModel, scan: RunScan, root: string): Promise<void> {
  const tables = await scanRun(loaded, scan, scan.onStretches);
  await writeTables(join(root, runFolder(scan.run.id)), planOf(scan), tables, ABOUT_UNKEPT);
}

function planOf({ run, modules, provenance, settings }: RunScan): RunPlan {
  const { id, description: taskDescription, volumes } = run;
  const repetitionTime = settings.repetition_time;
  return { id, taskDescription, repetitionTime, modules, volumes, provenance };
}

async function scanRun(
  loaded: TappedModel,
  scan: RunScan,
  onStretches: OnStretches,
): Promise<RunTables> {
  const { run, settings } = scan;
  const tokens: ScannedToken[][] = [];
  for (const batch of scan.plan.batches(run.prompts.map(({ stimulus }) => stimulus.text))) {
    const prompts = batch.map((p) => run.prompts[p]);
    const scanned = await scanBatch(loaded, scan, prompts, (volumes) =>
      onStretches(
        volumes.map(({ prompt, first, rows }) => ({ first: prompts[prompt].first + first, rows })),
      ),
    );
    for (const [i, p] of batch.entries()) tokens[p] = scanned[i];
  }
  const rows = tokens.flatMap((own, prompt) =>
    own.map((token, position): Volume => {
      const onset = (run.prompts[prompt].first + position) * settings.repetition_time;
      return { onset, prompt, position, ...token };
    }),
  );
  return { volumes: rows, stimuli: run.prompts.map(({ stimulus }) => stimulus) };
}

function scanBatch(
  loaded: TappedModel,
  { settings, plan, memory }: RunScan,
  planned: readonly PlannedPrompt[],
  onVolumes: OnVolumes,
): Promise<ScannedToken[][]> {
  const texts = planned.map(({ stimulus }) => stimulus.text);
  if (settings.mode === 'read') {
    return scanRead(loaded, { texts, tokensPerPass: plan.tokensPerPass, onVolumes });
  }
  return scanGenerate(loaded, {
    prompts: planned.map(({ seed }, i) => ({ text: texts[i], seed })),
    tokens: planned[0].volumes,
    sampling: settings.sampling as Sampling,
    onVolumes,
    memory,
  });
}
