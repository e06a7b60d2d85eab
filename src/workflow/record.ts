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
import type { GlmSummary } from './glm/options.js';
import { fitLive, type LiveGlm, type LivePlan, type LiveStudy, openLive } from './live.js';
import type { OnStretches } from './record/live-series.js';
import { describeScan, fingerprint } from './record/provenance.js';
import { recordRun, scanUnkept } from './record/run.js';

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
  /** What to fit while recording. */
  readonly live?: LiveGlm | undefined;
  readonly progress: Progress;
}

export interface RecordSummary {
  readonly root: string;
  /** One a run; none where recordings are not kept. */
  readonly folders: readonly string[];
  /** Runs that were there already. */
  readonly kept: number;
  readonly modules: number;
  readonly units: number;
  /** Volumes recorded now. */
  readonly volumes: number;
  /** What was fitted meanwhile. */
  readonly glm?: GlmSummary;
}

/** A run, and the hash of what its recording will hold. */
interface Run {
  readonly run: PlannedRun;
  readonly provenance: Provenance;
  /** The folder of its recording, where that is there already. */
  readonly recording: string | null;
}

/**
 * Records a study: one recording folder a run under `root`. What can be refused before the model is
 * loaded, is. With `live`, runs are fitted as they are recorded.
 * @throws ModelError `model/not-causal` where an encoder is asked to generate; OutputError
 * `output/exists`, and `output/other-recording` where a run to keep came from something else; as
 * openLive and fitLive
 */
export async function recordStudy(options: RecordOptions): Promise<RecordSummary> {
  const { root, force, resume = false, progress, batch } = options;
  const study = await loadStudy(options.study);
  const { settings } = study;
  const live = options.live ? await openLive(options.live, { root, force, resume }) : null;
  const isKept = options.live?.save ?? true;
  if (isKept && !resume) {
    for (const { id } of planStudy(study)) await requireVacant(join(root, runFolder(id)), force);
  }
  const base = dirname(options.study);
  const dtype = options.dtype ?? settings.dtype;
  const device = options.device ?? settings.device;
  const source = await locateModel(settings.model, { base, dtype, progress });
  const skeleton = await readSkeleton(source.file);
  const all = await findModules(source, skeleton);
  const modules = selectModules(all, options.modules ?? settings.modules ?? []);
  const { mode } = settings;
  const loaded = await loadTapped(source, { skeleton, modules, mode, device });
  try {
    const about = await describeScan(source, settings);
    const repetitionTime = settings.repetition_time;
    const planned = planRuns(loaded, study).map((run): Run => {
      const scan = { run, modules, repetitionTime, batch: batch ?? null };
      const provenance = { ...about, fingerprint: fingerprint(about, scan) };
      return { run, provenance, recording: null };
    });
    const runs = resume ? await withRecordings(root, planned) : planned;
    const done = await recordAll(loaded, options, { study, modules, runs, live });
    return {
      root,
      folders: isKept ? runs.map(({ run }) => join(root, runFolder(run.id))) : [],
      kept: runs.filter(({ recording }) => recording !== null).length,
      modules: modules.length,
      units: unitCount(modules),
      ...done,
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

/** Of a run that is recorded, and read by nobody. */
const UNREAD = { onStretches: async () => {}, memory: new Float32Array(0) };

async function recordAll(
  loaded: TappedModel,
  options: RecordOptions,
  what: {
    readonly study: Study;
    readonly modules: readonly ScannedModule[];
    readonly runs: readonly Run[];
    readonly live: LivePlan | null;
  },
): Promise<Pick<RecordSummary, 'volumes' | 'glm'>> {
  const { root, force, batch, progress } = options;
  const { modules, runs, live } = what;
  const { settings } = what.study;
  const { mode } = settings;
  const isKept = options.live?.save ?? true;
  const left = new Set(runs.filter(({ recording }) => recording === null));
  if (left.size === 0 && !live) return { volumes: 0 };
  const total = [...left].reduce((sum, { run }) => sum + run.volumes, 0);
  const plan = left.size > 0 ? await planBatches(loaded, { batch }) : null;
  const title = live ? 'Recording and modelling' : 'Recording';
  const bar = progress.start(title, { total, unit: 'volumes' });
  let volumes = 0;
  const record: LiveStudy<Run>['record'] = async (own, { onStretches, memory, tables }) => {
    if (!plan) throw new Error('nothing was left to record');
    left.delete(own);
    volumes += own.run.volumes;
    const shown: OnStretches = (stretches) => {
      bar.advance(stretches.reduce((sum, { rows }) => sum + rows.length, 0));
      return onStretches(stretches);
    };
    const scan = { ...own, modules, settings, plan, onStretches: shown, memory };
    if (isKept) await recordRun(loaded, scan, { root, force });
    else await scanUnkept(loaded, scan, tables);
  };
  let glm: GlmSummary | null = null;
  if (live) {
    const folderOf = ({ run }: Run) => runFolder(run.id);
    glm = await fitLive(live, {
      runs: [...runs].sort((a, b) => (folderOf(a) < folderOf(b) ? -1 : 1)),
      modules,
      model: runs[0].provenance.model,
      repetitionTime: settings.repetition_time,
      abreast: plan?.abreast ?? 1,
      contextStart: (text) => (mode === 'read' ? 0 : tokenIds(loaded, text).length - 1),
      record,
    });
  }
  // Without a fit, all runs; else those that the model's Input leaves out.
  if (isKept) for (const run of left) await record(run, { ...UNREAD, tables: '' });
  bar.finish();
  return { volumes, ...(glm && { glm }) };
}

/** The runs, with the folders of those that are there; one without a whole recording counts as none. */
async function withRecordings(root: string, runs: readonly Run[]): Promise<Run[]> {
  const found: Run[] = [];
  for (const run of runs) {
    const folder = join(root, runFolder(run.run.id));
    const there = await readFingerprint(folder);
    if (there === null) await requireVacant(folder, false);
    else if (there !== run.provenance.fingerprint) {
      throw new OutputError('other-recording', {
        given: `${folder}, recorded from another study, model, selection or version`,
        expected: 'the recordings of this very study, to go on with',
        todo: 'Name another folder, or give --force to record all runs anew.',
      });
    }
    found.push({ ...run, recording: there === null ? null : folder });
  }
  return found;
}
