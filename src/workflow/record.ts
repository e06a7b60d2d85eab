import { dirname, join } from 'node:path';
import { ModelError, OutputError } from '../core/errors.js';
import { unitCount } from '../core/module.js';
import type { Progress } from '../core/progress.js';
import type { Provenance } from '../core/recording.js';
import type { Device, Dtype } from '../core/runtime.js';
import { requireVacant } from '../files/whole.js';
import { findModules, type ScannedModule } from '../model/find/modules.js';
import { selectModules } from '../model/find/select.js';
import { loadTapped, type TappedModel } from '../model/open/load.js';
import { locateModel } from '../model/open/locate.js';
import { planBatches } from '../model/scan/batches.js';
import { tokenIds } from '../model/scan/read.js';
import { readSkeleton } from '../onnx/skeleton.js';
import { runFolder } from '../recording/layout.js';
import { readFingerprint } from '../recording/read.js';
import { loadStudy, type Study } from '../study/load.js';
import { type PlannedRun, planStudy } from '../study/plan.js';
import { describeScan, fingerprint } from './record/provenance.js';
import { recordRun } from './record/run.js';

export interface RecordOptions {
  readonly study: string;
  readonly root: string;
  readonly force: boolean;
  /** Keep the runs that are there and record the rest. */
  readonly resume?: boolean | undefined;
  /** These stand before the study's own. */
  readonly modules?: string | undefined;
  readonly dtype?: Dtype | undefined;
  readonly device?: Device | undefined;
  /** Prompts that go through the model together, at most; chosen automatically by default. */
  readonly batch?: number | undefined;
  readonly progress: Progress;
}

export interface RecordSummary {
  readonly root: string;
  readonly folders: readonly string[];
  /** Runs that were there already. */
  readonly kept: number;
  readonly modules: number;
  readonly units: number;
  readonly volumes: number;
}

/** A run, and the hash of what its recording will hold. */
interface Run {
  readonly run: PlannedRun;
  readonly provenance: Provenance;
}

/**
 * Records a study: one recording folder a run under `root`. What can be refused before the model is
 * loaded, is.
 * @throws ModelError `model/not-causal` where an encoder is asked to generate; OutputError
 * `output/exists`, and `output/other-recording` where a run to keep came from something else
 */
export async function recordStudy(options: RecordOptions): Promise<RecordSummary> {
  const { root, force, resume = false, progress, batch } = options;
  const study = await loadStudy(options.study);
  const { settings } = study;
  if (!resume) {
    for (const { id } of planStudy(study)) await requireVacant(join(root, runFolder(id)), force);
  }
  const base = dirname(options.study);
  const dtype = options.dtype ?? settings.dtype;
  const device = options.device ?? settings.device;
  const source = await locateModel(settings.model, { base, dtype, progress });
  const skeleton = await readSkeleton(source.file);
  const all = await findModules(source, skeleton);
  const modules = selectModules(all, options.modules ?? settings.modules ?? []);
  const tensors = modules.map(({ tensor }) => tensor);
  const loaded = await loadTapped(source, { skeleton, tensors, device });
  try {
    const about = await describeScan(source, settings);
    const repetitionTime = settings.repetition_time;
    const runs = planRuns(loaded, study).map((run): Run => {
      const scan = { run, modules, repetitionTime, batch: batch ?? null };
      return { run, provenance: { ...about, fingerprint: fingerprint(about, scan) } };
    });
    const open = resume ? await missing(root, runs) : runs;
    await recordAll(loaded, options, { study, modules, runs: open });
    return {
      root,
      folders: runs.map(({ run }) => join(root, runFolder(run.id))),
      kept: runs.length - open.length,
      modules: modules.length,
      units: unitCount(modules),
      volumes: open.reduce((sum, { run }) => sum + run.volumes, 0),
    };
  } finally {
    await loaded.release();
  }
}

/** The study's runs, with as many volumes to a prompt as the mode gives. */
function planRuns(loaded: TappedModel, study: Study): PlannedRun[] {
  const { mode, model } = study.settings;
  if (mode === 'read') return planStudy(study, (text) => tokenIds(loaded, text).length);
  if (loaded.isCausal) return planStudy(study);
  throw new ModelError('not-causal', {
    given: `the mode generate for ${model}, which is no text-generation model`,
    expected: 'a causal language model, or the mode read',
    todo: 'Write mode: read in the study.',
  });
}

async function recordAll(
  loaded: TappedModel,
  options: RecordOptions,
  what: {
    readonly study: Study;
    readonly modules: readonly ScannedModule[];
    readonly runs: readonly Run[];
  },
): Promise<void> {
  const { root, force, batch, progress } = options;
  const { modules, runs } = what;
  const { settings } = what.study;
  if (runs.length === 0) return;
  const total = runs.reduce((sum, { run }) => sum + run.volumes, 0);
  const plan = await planBatches(loaded, { modules, mode: settings.mode, batch });
  const bar = progress.start('Recording', { total, unit: 'volumes' });
  const onVolume = () => bar.advance(1);
  for (const { run, provenance } of runs) {
    await recordRun(loaded, { root, force, run, modules, provenance, settings, plan, onVolume });
  }
  bar.finish();
}

/** The runs that are not there yet; a folder without a whole recording counts as none. */
async function missing(root: string, runs: readonly Run[]): Promise<Run[]> {
  const open: Run[] = [];
  for (const { run, provenance } of runs) {
    const folder = join(root, runFolder(run.id));
    const there = await readFingerprint(folder);
    if (there === null) {
      await requireVacant(folder, false);
      open.push({ run, provenance });
    } else if (there !== provenance.fingerprint) {
      throw new OutputError('other-recording', {
        given: `${folder}, recorded from another study, model, selection or version`,
        expected: 'the recordings of this very study, to go on with',
        todo: 'Name another folder, or give --force to record all runs anew.',
      });
    }
  }
  return open;
}
