import { resolve } from 'node:path';
import { InputError, ModelError } from '../../core/errors.js';
import type { Module } from '../../core/module.js';
import type { Provenance, Recording } from '../../core/recording.js';
import { DTYPES } from '../../core/runtime.js';
import { cacheFolder } from '../../model/open/hub.js';
import { locateModel, sha256 } from '../../model/open/locate.js';
import { incomingNorms } from '../../onnx/incoming-weights.js';

/** Norms of the incoming weights of a recording's units. */
export interface ModelWeights {
  /** Of each module's units, [width] each; null where they have no weights of their own. */
  readonly norms: readonly (Float64Array | null)[]; // [modules]
  /** Why there are none at all; null where there are. */
  readonly note: string | null;
}

/** Finds the weights of the models that recordings were made of; each model is read once. */
export type WeightFinder = (recording: Recording) => Promise<ModelWeights>;

type RecordedModel = Provenance['model'];

/** Where no hash was recorded (imported arrays). */
const UNKNOWN = 'n/a';

/**
 * Looks for recorded models where they were, or takes the ONNX file that is given for the recordings
 * whose hash it has. Nothing is downloaded.
 * @throws ModelError `model/not-recorded` where the file is no recording's model
 */
export async function findWeights(
  recordings: readonly Recording[],
  modelFile: string | undefined,
): Promise<WeightFinder> {
  const given = modelFile === undefined ? null : await hashed(modelFile, recordings);
  const known = new Map<string, Promise<ModelWeights>>();
  return ({ provenance: { model }, modules }) => {
    const key = JSON.stringify([model, modules]);
    const isGiven = given && (given.sha256 === model.sha256 || model.sha256 === UNKNOWN);
    const weights =
      known.get(key) ?? (isGiven ? normsIn(given.file, modules) : whereItWas(model, modules));
    known.set(key, weights);
    return weights;
  };
}

async function hashed(file: string, recordings: readonly Recording[]) {
  const own = await sha256(file).catch((cause: NodeJS.ErrnoException) => {
    throw new ModelError('not-found', {
      given: `the model file ${file}, which cannot be read (${cause.code})`,
      expected: 'the ONNX file that was recorded',
      todo: 'Check --model-file.',
      cause,
    });
  });
  const recorded = recordings.map(({ provenance }) => provenance.model.sha256);
  if (recorded.some((hash) => hash === own || hash === UNKNOWN)) return { file, sha256: own };
  throw new ModelError('not-recorded', {
    given: `the model file ${file}, whose SHA-256 is ${own}`,
    expected: `the file that was recorded: ${[...new Set(recorded)].join(' or ')}`,
    todo: 'Name that file, or leave --model-file out.',
  });
}

/** The weights of a model that is still where it was recorded from, and unchanged. */
async function whereItWas(model: RecordedModel, modules: readonly Module[]): Promise<ModelWeights> {
  const without = (why: string): ModelWeights => ({
    norms: modules.map(() => null),
    note: `${why}: the contrast is the kind of each unit's module alone. boldbridge export --model-file names the file to take weights from.`,
  });
  const found = await locateModel(placeOf(model), {
    dtype: DTYPES.find((dtype) => dtype === model.dtype),
  }).catch((error: unknown) => {
    if (error instanceof ModelError) return null;
    throw error;
  });
  if (!found) return without(`The model ${model.id} is not where it was recorded from`);
  if (found.sha256 !== model.sha256) {
    return without(`The model ${model.id} is not the one that was recorded: its SHA-256 differs`);
  }
  return normsIn(found.file, modules).catch((error: unknown) => {
    if (!(error instanceof InputError)) throw error;
    return without(`The weights of the model ${model.id} cannot be read (${error.code})`);
  });
}

/** An absolute path is never taken for a model to download. */
function placeOf({ id, revision }: RecordedModel): string {
  if (revision !== 'local') return resolve(cacheFolder({ id, revision }));
  return /[/\\]/.test(id) ? resolve(id) : id;
}

async function normsIn(file: string, modules: readonly Module[]): Promise<ModelWeights> {
  const norms = await incomingNorms(file, modules);
  const none = norms.every((own) => own === null);
  return {
    norms,
    note: none
      ? "No recorded module has weights of its own in the model's graph, in a form that is known: the contrast is the kind of each unit's module alone."
      : null,
  };
}
