import { resolve } from 'node:path';
import { readJsonObject } from '../../../bids/json.js';
import { type ModelNode, parseStatsModel, type StatsModel } from '../../../bids/stats-model.js';
import { DesignError, FileError } from '../../../core/errors.js';
import type { Drift } from '../../../glm/design/drift.js';
import type { GlmRequest, NoiseModel } from './request.js';
import { settle } from './settle.js';
import type { Specification } from './specification.js';

/** @throws FileError `file/not-found`, `file/not-json`, `file/stats-model` */
export async function readStatsModel(path: string): Promise<StatsModel> {
  const value = await readJsonObject(path).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === undefined || cause instanceof FileError)
      throw cause;
    throw new FileError('not-found', {
      given: `${resolve(path)}, which cannot be read`,
      expected: 'a BIDS Stats Model, *_smdl.json',
      todo: 'Check the path.',
      cause,
    });
  });
  return parseStatsModel(value, path);
}

/** The node that says how a run is fitted: a model has one. */
export const runNodeOf = (model: StatsModel): ModelNode =>
  model.Nodes.find(({ Level }) => Level === 'Run')!;

/** Flags that say what the model says. @throws DesignError `model-and-flags` */
export function refuseFlagsWith(request: GlmRequest): void {
  const { inference, noise, hrf, firDelays, drift, confounds, censor, broken } = request;
  const lists = {
    confounds,
    censor,
    contrast: request.contrasts,
    'f-contrast': request.fContrasts,
  };
  const { group, permutations, seed } = request;
  const ofModel = { inference, noise, hrf, 'fir-delays': firDelays, drift, broken };
  const single = { ...ofModel, group, permutations, seed };
  const given = [
    ...Object.entries(single).flatMap(([name, value]) => (value === undefined ? [] : [name])),
    ...(request.sliceTimeRef === 0 ? [] : ['slice-time-ref']),
    ...(request.baseline === 'rest' ? [] : ['baseline']),
    ...Object.entries(lists).flatMap(([name, values]) => (values?.length ? [name] : [])),
  ];
  if (given.length === 0) return;
  throw new DesignError('model-and-flags', {
    given: `--model together with ${given.map((name) => `--${name}`).join(', ')}`,
    expected: 'the model to be said in one place',
    todo: 'Write it into the model file, or leave --model out.',
  });
}

/** How a model's Run node says runs are to be fitted. @throws DesignError as `settle` */
export function specificationOf(model: StatsModel, hasPrompts: boolean): Specification {
  const { Model, Transformations, Contrasts, DummyContrasts } = runNodeOf(model);
  const own = Model.Software?.boldbridge ?? {};
  const highPass = Model.Options?.HighPassFilterCutoffHz;
  const { HRF } = Model;
  const delays = HRF?.Parameters?.FIRDelays;
  return {
    ...settle({ ...own, noise: own.noise as NoiseModel | undefined }, hasPrompts),
    drift: driftOf(highPass, own.driftOrder),
    sliceTimeRef: own.sliceTimeRef ?? 0,
    instructions: Transformations?.Instructions ?? [],
    x: Model.X.filter((name) => name !== 1),
    hrf: HRF
      ? {
          variables: HRF.Variables,
          response: {
            model: HRF.Model,
            derivative: false,
            dispersion: false,
            ...(delays && { firDelays: delays }),
          },
        }
      : null,
    dummies: DummyContrasts ? (DummyContrasts.Contrasts ?? Model.X) : [],
    formulas: [],
    fFormulas: [],
    listed: Contrasts ?? [],
  };
}

function driftOf(highPass: number | undefined, order: number | undefined): Drift {
  if (highPass !== undefined && order !== undefined) {
    throw new DesignError('drift', {
      given: 'a model with both HighPassFilterCutoffHz and driftOrder',
      expected: 'one of them',
      todo: 'Leave one out.',
    });
  }
  if (highPass !== undefined) return { model: 'cosine', highPass };
  return order === undefined ? { model: 'none' } : { model: 'polynomial', order };
}
