import type { HemodynamicModel, ImageRun } from './image-run.js';
import type { JsonObject } from './json.js';

/** What the sidecar says of a series' haemodynamics: the key that `boldbridge glm` looks at. */
export function hemodynamicsKey({ hemodynamics }: ImageRun): JsonObject {
  if (!hemodynamics) {
    return { Model: 'none', Description: 'Activations respond at once: model events as boxcars.' };
  }
  const { model } = hemodynamics;
  return {
    Model: model,
    Description: `Activations were convolved in time with the ${model} response, as nilearn samples it: model events with that response. Before the run each unit is taken to have stood at its mean over the session.`,
  };
}

/** The response a series was convolved with, by its sidecar; null where it was not by this program. */
export function hemodynamicsOf(sidecar: JsonObject): HemodynamicModel | null {
  const { Model } = (sidecar.Hemodynamics ?? {}) as JsonObject;
  return Model === 'spm' || Model === 'glover' ? Model : null;
}

/** For the dataset's README. */
export const HEMODYNAMICS_IN_WORDS = {
  none: 'None: activations respond at once. Model them with boxcars.',
  spm: inWords('spm'),
  glover: inWords('glover'),
} as const;

function inWords(model: HemodynamicModel): string {
  return `Activations were convolved with the ${model} response, for tools that insist on one: model
  events with that response, not with boxcars. Confounds were convolved, too; means and sds in the unit
  table are those after it. Prompts run into each other: for inference export without it.`;
}
