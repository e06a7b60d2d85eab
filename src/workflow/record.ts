import { dirname, join } from 'node:path';
import type { Progress } from '../core/progress.js';
import type { Provenance, Volume } from '../core/recording.js';
import { scanVersions } from '../files/versions.js';
import { requireVacant } from '../files/whole.js';
import { planBatches } from '../model/batches.js';
import { loadTapped, type TappedModel } from '../model/load.js';
import { locateModel, type ModelFolder, readModelJson } from '../model/locate.js';
import { findModules, type ScannedModule } from '../model/modules.js';
import { type Sampling, type ScannedToken, scanGenerate } from '../model/scan.js';
import { readSkeleton } from '../onnx/skeleton.js';
import { runFolder } from '../recording/layout.js';
import { writeRecording } from '../recording/write.js';
import { loadStudy } from '../study/load.js';
import { type PlannedRun, planStudy } from '../study/plan.js';
import type { StudyFile } from '../study/schema.js';

export interface RecordSummary {
  readonly root: string;
  readonly folders: readonly string[];
  readonly modules: number;
  readonly units: number;
  readonly volumes: number;
}

/**
 * Records a study: one recording folder a run under `root`.
 * All that can be refused is refused before the model is loaded.
 */
export async function recordStudy(options: {
  readonly study: string;
  readonly root: string;
  readonly force: boolean;
  /** Prompts that go through the model together, at most; chosen automatically by default. */
  readonly batch?: number | undefined;
  readonly progress: Progress;
}): Promise<RecordSummary> {
  const { root, force, progress } = options;
  const study = await loadStudy(options.study);
  const { settings } = study;
  const runs = planStudy(study);
  for (const { id } of runs) await requireVacant(join(root, runFolder(id)), force);
  const source = await locateModel(settings.model, dirname(options.study));
  const skeleton = await readSkeleton(source.file);
  const modules = await findModules(source, skeleton);
  const tensors = modules.map(({ tensor }) => tensor);
  const loaded = await loadTapped(source, { skeleton, tensors });
  try {
    const provenance = await describe(source, settings);
    const volumes = runs.reduce((sum, run) => sum + run.volumes, 0);
    const bar = progress.start('Recording', { total: volumes, unit: 'volumes' });
    const batches = await planBatches(loaded, { modules, batch: options.batch });
    const folders: string[] = [];
    for (const run of runs) {
      folders.push(
        await recordRun(loaded, {
          root,
          force,
          run,
          modules,
          provenance,
          settings,
          batches,
          onVolume: () => bar.advance(1),
        }),
      );
    }
    bar.finish();
    const units = modules.reduce((sum, module) => sum + module.width, 0);
    return { root, folders, modules: modules.length, units, volumes };
  } finally {
    await loaded.release();
  }
}

async function recordRun(
  loaded: TappedModel,
  options: {
    readonly root: string;
    readonly force: boolean;
    readonly run: PlannedRun;
    readonly modules: readonly ScannedModule[];
    readonly provenance: Provenance;
    readonly settings: StudyFile;
    /** Which texts go through the model together, by index. */
    readonly batches: (texts: readonly string[]) => number[][];
    readonly onVolume: () => void;
  },
): Promise<string> {
  const { root, force, run, modules, provenance, settings } = options;
  const repetitionTime = settings.repetition_time;
  const plan = {
    id: run.id,
    taskDescription: run.description,
    repetitionTime,
    modules,
    volumes: run.volumes,
    provenance,
  };
  return writeRecording(root, plan, { force }, async (write) => {
    const tokens: ScannedToken[][] = [];
    for (const batch of options.batches(run.prompts.map(({ stimulus }) => stimulus.text))) {
      const scanned = await scanGenerate(loaded, {
        modules,
        prompts: batch.map((p) => ({
          text: run.prompts[p].stimulus.text,
          seed: run.prompts[p].seed,
        })),
        tokens: settings.tokens,
        sampling: settings.sampling as Sampling,
        onVolume: ({ prompt, position }, row) => {
          options.onVolume();
          return write(batch[prompt] * settings.tokens + position, row);
        },
      });
      for (const [i, p] of batch.entries()) tokens[p] = scanned[i];
    }
    const volumes = tokens.flatMap((own, prompt) =>
      own.map((token, position): Volume => {
        const onset = (prompt * settings.tokens + position) * repetitionTime;
        return { onset, prompt, position, ...token };
      }),
    );
    return { volumes, stimuli: run.prompts.map(({ stimulus }) => stimulus) };
  });
}

/** Where the recordings come from. */
async function describe(source: ModelFolder, settings: StudyFile): Promise<Provenance> {
  const config = await readModelJson(source, 'config.json');
  const heads = Number(config.num_attention_heads ?? config.n_head);
  const hidden = Number(config.hidden_size ?? config.n_embd);
  const headWidth = Number(config.head_dim ?? hidden / heads);
  const { do_sample, ...rest } = settings.sampling;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    model: {
      id: source.id,
      revision: source.revision,
      sha256: source.sha256,
      dtype: 'fp32',
      architecture: String(
        (config.architectures as string[] | undefined)?.[0] ?? config.model_type,
      ),
      headWidth: Number.isInteger(headWidth) ? headWidth : null,
    },
    seed: settings.seed,
    sampling: { do_sample, ...(Object.fromEntries(given) as Record<string, number>) },
    tokenVolumeRule: 'generate',
    versions: scanVersions(),
  };
}
