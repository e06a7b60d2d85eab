import { join } from 'node:path';
import type { StatsModel } from '../bids/stats-model.js';
import { arisingIn, DesignError, OutputError } from '../core/errors.js';
import { type Module, unitCount } from '../core/module.js';
import type { Provenance } from '../core/recording.js';
import type { Arrivals, Series, VolumeMemory } from '../core/series.js';
import { requireVacant, stageFolder } from '../files/whole.js';
import { openRecording } from '../recording/read.js';
import { silentProgress } from '../report/progress.js';
import type { PlannedRun } from '../study/plan.js';
import { fitRun } from './glm/fit/fit-run.js';
import { fitInto } from './glm/fit-plan.js';
import type { RecordedConfound } from './glm/inputs/confounds.js';
import { recordingInput, scannedInput } from './glm/inputs/recording-inputs.js';
import type { RunInput } from './glm/inputs/run-input.js';
import type { Specification } from './glm/model/specification.js';
import type { GlmOptions, GlmSummary } from './glm/options.js';
import { DEFAULT_GLM } from './glm/options.js';
import { type GlmPlan, givenModel, planGlm } from './glm/plan.js';
import { liveSeries, type OnStretches } from './record/live-series.js';

/** What is fitted while a study is recorded. */
export interface LiveGlm {
  /** A BIDS Stats Model's file, or `default`: what glm does where nothing is said. */
  readonly model: string;
  /** By default where glm writes: derivatives/boldbridge-glm in the recordings folder. */
  readonly out?: string | undefined;
  /** Whether the recordings are kept; where not, their tables stand in `sourcedata` of the output. */
  readonly save: boolean;
  readonly command: string;
}

/** What is settled before the language model is loaded. */
export interface LivePlan {
  readonly options: GlmOptions;
  readonly given: StatsModel | null;
}

/**
 * Reads the model, and refuses what can be refused by then.
 * @throws OutputError `output/exists`, `output/no-save-resume`; FileError and DesignError of the model
 */
export async function openLive(
  live: LiveGlm,
  study: { readonly root: string; readonly force: boolean; readonly resume: boolean },
): Promise<LivePlan> {
  const { root, force, resume } = study;
  if (resume && !live.save) {
    throw new OutputError('no-save-resume', {
      given: '--resume with --no-save',
      expected: 'recordings to go on with: without them every run has to be fitted anew',
      todo: 'Leave one of the two out.',
    });
  }
  const options: GlmOptions = {
    dataset: root,
    out: live.out ?? join(root, 'derivatives', 'boldbridge-glm'),
    model: live.model === 'default' ? undefined : live.model,
    force,
    command: live.command,
    progress: silentProgress,
    ...DEFAULT_GLM,
  };
  await requireVacant(options.out, force);
  return { options, given: await givenModel(options) };
}

/** A run of the study that is to be fitted. */
export interface LiveRun {
  readonly run: PlannedRun;
  /** The folder of its recording, where that is there already. */
  readonly recording: string | null;
}

export interface LiveStudy<Run extends LiveRun> {
  /** In the order in which glm would find their recordings. */
  readonly runs: readonly Run[];
  readonly modules: readonly Module[];
  readonly model: Provenance['model'];
  /** Seconds per volume. */
  readonly repetitionTime: number;
  /** Prompts, at most, that go through the model together. */
  readonly abreast: number;
  /** Index of a prompt's first volume in the model's context, from 0. */
  contextStart(text: string): number;
  /** Records a run and shows every volume; where recordings are not kept, their tables go to `tables`. */
  record(
    run: Run,
    how: {
      readonly onStretches: OnStretches;
      readonly memory: VolumeMemory;
      readonly tables: string;
    },
  ): Promise<void>;
}

/**
 * Fits runs while they are recorded, by the same accumulators that glm reads recordings with: each run
 * is recorded when the fit asks for its series, so images and tables are those of recording first and
 * fitting then. Designs are made before the first run is recorded, so that what they refuse costs no
 * recording. Runs that are recorded already are read.
 * @throws DesignError `design/live-noise`, `design/live-confound`, and as runGlm
 */
export async function fitLive<Run extends LiveRun>(
  { options, given }: LivePlan,
  study: LiveStudy<Run>,
): Promise<GlmSummary> {
  const runOf = new Map<RunInput, Run>();
  for (const run of study.runs) {
    const input = run.recording
      ? recordingInput(await openRecording(run.recording))
      : plannedInput(run.run, study);
    runOf.set(input, run);
  }
  const plan = planGlm([...runOf.keys()], given, options);
  await requireLive(plan);
  const atLast = (input: RunInput, root: string): RunInput => {
    const run = runOf.get(input)!;
    if (run.recording) return input;
    const { volumes } = run.run;
    const units = unitCount(study.modules);
    const tables = join(root, 'sourcedata');
    const { abreast } = study;
    const record = (onStretches: OnStretches, memory: VolumeMemory) =>
      study.record(run, { onStretches, memory, tables });
    const scratch = join(root, '.rows');
    return { ...input, ...liveSeries({ volumes, units, abreast, scratch, record }) };
  };
  return stageFolder(options.out, options, (root) =>
    fitInto(root, { ...plan, inputs: plan.inputs.map((input) => atLast(input, root)) }),
  );
}

/** Reading it tells that all before the data went well. */
class Rehearsed extends Error {}
const rehearsal = (volumes: number): Series & Arrivals => {
  const none = () => {
    throw new Rehearsed('no data yet');
  };
  return { volumes, units: 1, blocks: none, abreast: 1, together: 0, stretches: none };
};

/** A run as it is known before it is recorded. */
function plannedInput(
  run: PlannedRun,
  study: Pick<LiveStudy<LiveRun>, 'repetitionTime' | 'modules' | 'model' | 'contextStart'>,
): RunInput {
  const { repetitionTime, modules, model } = study;
  const column = (name: RecordedConfound) => {
    if (name === 'surprisal' || name === 'entropy') throw notYetKnown(name);
    return run.prompts.flatMap(({ stimulus, volumes }) => {
      const start = name === 'context_position' ? study.contextStart(stimulus.text) : 0;
      return Array.from({ length: volumes }, (_, k) =>
        name === 'first_token' ? Number(k === 0) : start + k,
      );
    });
  };
  return scannedInput({
    id: run.id,
    ...{ repetitionTime, modules, model, column },
    events: run.prompts.map(({ stimulus }) => stimulus.event),
    series: rehearsal(run.volumes),
  });
}

function notYetKnown(confound: string): DesignError {
  return new DesignError('live-confound', {
    given: `a model with ${confound}, which is known only when a run has been recorded`,
    expected:
      'position, context_position or first_token: what the design needs before the first volume',
    todo: 'Record first and fit then with boldbridge glm, or leave the confound out.',
  });
}

/** What can be known of every fit before there are data. */
async function requireLive({ inputs, specification }: GlmPlan): Promise<void> {
  if (specification.noise === 'arma') {
    throw new DesignError('live-noise', {
      given: 'noise arma, which needs the whole series of a unit',
      expected: 'a model that is fitted in one pass: any other noise, or prompts as the sample',
      todo: 'Record first and fit then with boldbridge glm, or take ar1 to ar9.',
    });
  }
  for (const input of inputs) await rehearse(input, specification);
}

async function rehearse(input: RunInput, specification: Specification): Promise<void> {
  const series = rehearsal(input.series.volumes);
  await fitRun({ ...input, series, arriving: series }, specification).catch((error: unknown) => {
    if (!(error instanceof Rehearsed)) throw arisingIn(input.source, error);
  });
}
