import type { Provenance, Volume } from '../../core/recording.js';
import type { ScannedModule } from '../../model/find/modules.js';
import type { TappedModel } from '../../model/open/load.js';
import type { BatchPlan } from '../../model/scan/batches.js';
import { scanRead } from '../../model/scan/read.js';
import {
  type OnVolume,
  type Sampling,
  type ScannedToken,
  scanGenerate,
} from '../../model/scan/scan.js';
import { writeRecording } from '../../recording/write.js';
import type { PlannedPrompt, PlannedRun } from '../../study/plan.js';
import type { StudyFile } from '../../study/schema.js';

export interface RunScan {
  readonly root: string;
  readonly force: boolean;
  readonly run: PlannedRun;
  readonly modules: readonly ScannedModule[];
  readonly provenance: Provenance;
  readonly settings: StudyFile;
  readonly plan: BatchPlan;
  readonly onVolume: () => void;
}

/** Records one run into its folder, which appears when it is whole. */
export async function recordRun(loaded: TappedModel, scan: RunScan): Promise<string> {
  const { root, force, run, modules, provenance, settings } = scan;
  const repetitionTime = settings.repetition_time;
  const { id, description: taskDescription, volumes } = run;
  const about = { id, taskDescription, repetitionTime, modules, volumes, provenance };
  return writeRecording(root, about, { force }, async (write) => {
    const tokens: ScannedToken[][] = [];
    for (const batch of scan.plan.batches(run.prompts.map(({ stimulus }) => stimulus.text))) {
      const prompts = batch.map((p) => run.prompts[p]);
      const scanned = await scanBatch(loaded, scan, prompts, ({ prompt, position }, row) => {
        scan.onVolume();
        return write(prompts[prompt].first + position, row);
      });
      for (const [i, p] of batch.entries()) tokens[p] = scanned[i];
    }
    const rows = tokens.flatMap((own, prompt) =>
      own.map((token, position): Volume => {
        const onset = (run.prompts[prompt].first + position) * repetitionTime;
        return { onset, prompt, position, ...token };
      }),
    );
    return { volumes: rows, stimuli: run.prompts.map(({ stimulus }) => stimulus) };
  });
}

function scanBatch(
  loaded: TappedModel,
  { modules, settings, plan }: RunScan,
  planned: readonly PlannedPrompt[],
  onVolume: OnVolume,
): Promise<ScannedToken[][]> {
  const texts = planned.map(({ stimulus }) => stimulus.text);
  if (settings.mode === 'read') {
    return scanRead(loaded, { modules, texts, tokensPerPass: plan.tokensPerPass, onVolume });
  }
  return scanGenerate(loaded, {
    modules,
    prompts: planned.map(({ seed }, i) => ({ text: texts[i], seed })),
    tokens: planned[0].volumes,
    sampling: settings.sampling as Sampling,
    onVolume,
  });
}
