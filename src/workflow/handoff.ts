import { chmod, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { describeDerivative } from '../bids/describe-derivative.js';
import type { VolumeKind } from '../bids/image-run.js';
import type { StatsModel } from '../bids/stats-model.js';
import { DataError, DesignError } from '../core/errors.js';
import type {
  HandoffDesign,
  HandoffFile,
  HandoffNoise,
  HandoffStudy,
  HandoffToolName,
  HandoffVolumes,
} from '../core/handoff.js';
import type { Progress } from '../core/progress.js';
import { requireVacant, stageFolder, writeJson, writeText, writeWhole } from '../files/whole.js';
import { TOOLS } from '../tools/index.js';
import type { HandoffTool } from '../tools/tool.js';
import { openInputs } from './glm/inputs/open-inputs.js';
import type { Selection } from './glm/inputs/run-input.js';
import { runNodeOf } from './glm/model/from-stats-model.js';
import type { Inference } from './glm/model/request.js';
import { statsModelOf } from './glm/model/to-stats-model.js';
import type { GlmOptions } from './glm/options.js';
import { givenModel, planGlm } from './glm/plan.js';
import { chooseRuns } from './handoff/choose-runs.js';
import { describeHandoff, inWords, studyNotes } from './handoff/describe.js';
import { type GatheredRun, gatherRun } from './handoff/run.js';
import { writeImages } from './handoff/write-images.js';

export interface HandoffOptions extends Selection {
  readonly tool: HandoffToolName;
  readonly dataset: string;
  readonly out: string;
  readonly design: HandoffDesign;
  readonly volumes: VolumeKind;
  /** Labels of runs; all where there are none. */
  readonly runs: readonly string[];
  /** A BIDS Stats Model; else the model that `boldbridge glm` takes by default. */
  readonly model?: string | undefined;
  /** Formulas, as for `boldbridge glm`. */
  readonly contrasts: readonly string[];
  readonly fContrasts: readonly string[];
  readonly force: boolean;
  readonly command: string;
  readonly progress: Progress;
}

export interface HandoffSummary {
  readonly out: string;
  readonly tool: HandoffToolName;
  readonly design: HandoffDesign;
  readonly volumes: HandoffVolumes;
  readonly noise: HandoffNoise;
  readonly runs: readonly string[];
  /** What to run in the folder. */
  readonly run: string;
  readonly notes: readonly string[];
}

/** Nothing of a tool's input or output is BIDS. */
const IGNORED = ['sub-*', 'results', 'run*', '*.py', '*_smdl.json', 'handoff.json'];

/**
 * Writes all that another package needs to fit the built-in GLM's model: images, masks, design, events,
 * contrasts and a script. The folder appears when it is whole.
 * @throws DataError `data/handoff` with all that stands in the tool's way; DesignError
 *   `design/handoff-inference`; OutputError; and as chooseRuns, openInputs, planGlm, runDesign
 */
export async function runHandoff(options: HandoffOptions): Promise<HandoffSummary> {
  const { dataset, out, command, volumes: asked, runs: labels } = options;
  const tool = TOOLS[options.tool];
  await requireVacant(out, options.force);
  const inputs = await openInputs(dataset, options);
  const { runs, volumes } = chooseRuns(inputs, { volumes: asked, labels, dataset });
  const plan = planGlm(runs, await modelFor(options, volumes), glmOptions(options, volumes));
  const { specification, model, isGiven } = plan;
  requireInference(specification.inference, volumes);
  const bar = options.progress.start('Reading', { total: plan.inputs.length, unit: 'runs' });
  const gathered: GatheredRun[] = [];
  for (const input of plan.inputs) {
    gathered.push(await gatherRun(input, specification, tool.image));
    bar.advance(1);
  }
  bar.finish();
  const noise = specification.noise === 'ols' ? 'white' : 'serial';
  const study: HandoffStudy = {
    runs: gathered.map(({ run }) => run),
    design: options.design,
    ...{ volumes, noise },
  };
  requireFit(tool, study);
  const notes = [...studyNotes(gathered, study), ...tool.notes(study)];
  return stageFolder(out, options, async (root) => {
    await describeDerivative(root, {
      title: `for ${tool.title}`,
      readme: `handoff/${tool.name}.md`,
      raw: relative(resolve(out), resolve(dataset)),
      command,
      values: { run: tool.command, ...inWords(study, notes) },
      ignored: IGNORED,
    });
    const listed = new Map(gathered.flatMap((own) => own.listed.map((one) => [one.Name, one])));
    const entities = plan.inputs.map((input) => input.entities);
    const ofFlags = statsModelOf(specification, { entities, listed: [...listed.values()] });
    await writeJson(join(root, 'model_smdl.json'), isGiven ? model : ofFlags);
    await writeJson(join(root, 'handoff.json'), describeHandoff(gathered, study, tool));
    for (const own of gathered) await writeImages(root, own);
    for (const file of tool.write(study)) await writeFiles(root, file);
    return {
      out,
      tool: tool.name,
      ...{ design: study.design, volumes, noise },
      runs: study.runs.map(({ name }) => name),
      run: tool.command,
      notes,
    };
  });
}

async function writeFiles(root: string, file: HandoffFile): Promise<void> {
  const path = join(root, ...file.path.split('/'));
  if ('bytes' in file) {
    await writeWhole(path, (temporary) => writeFile(temporary, file.bytes));
    return;
  }
  await writeText(path, file.text);
  if (file.executable) await chmod(path, 0o755);
}

/** What the flags say, in the words of the built-in GLM. Volumes of a brain or of tokens are the sample. */
function glmOptions(options: HandoffOptions, volumes: HandoffVolumes): GlmOptions {
  const inference = volumes === 'prompt' || options.model ? undefined : 'volumes';
  const rule = { method: 'fdr', alpha: 0.05 } as const; // nothing is thresholded here
  const request = { confounds: [], sliceTimeRef: 0, baseline: 'rest' };
  return { ...options, ...request, inference, rule };
}

/** The model given; where volumes are no prompts and it does not say so, they are its sample. */
async function modelFor(
  options: HandoffOptions,
  volumes: HandoffVolumes,
): Promise<StatsModel | null> {
  const model = await givenModel(glmOptions(options, volumes));
  if (!model || volumes === 'prompt') return model;
  const Nodes = model.Nodes.map((node) => {
    if (node !== runNodeOf(model)) return node;
    const { Software } = node.Model;
    const boldbridge = { inference: 'volumes' as const, ...Software?.boldbridge };
    return { ...node, Model: { ...node.Model, Software: { ...Software, boldbridge } } };
  });
  return { ...model, Nodes };
}

/** @throws DesignError `design/handoff-inference` for what other tools cannot fit */
function requireInference(inference: Inference, volumes: HandoffVolumes): void {
  const isPrompts = volumes === 'prompt';
  if (inference === 'volumes' || (inference === 'prompts' && isPrompts)) return;
  throw new DesignError('handoff-inference', {
    given: `a model with inference '${inference}' for series with one volume a ${volumes}`,
    expected: isPrompts ? "inference 'prompts' or 'volumes'" : "inference 'volumes'",
    todo: 'The tools take volumes as the sample: change the model, or hand over a dataset with one volume a prompt.',
  });
}

/** All that stands in the tool's way, at once. @throws DataError `data/handoff` */
function requireFit(tool: HandoffTool, study: HandoffStudy): void {
  const refusals = tool.refusals(study);
  if (refusals.length === 0) return;
  if (refusals.length === 1) throw new DataError('handoff', refusals[0]);
  throw new DataError('handoff', {
    given: `what ${tool.title} cannot take: ${refusals.map(({ given }) => given).join('; ')}`,
    expected: refusals.map((refusal) => refusal.expected).join('; '),
    todo: refusals.map((refusal) => refusal.todo).join(' '),
  });
}
