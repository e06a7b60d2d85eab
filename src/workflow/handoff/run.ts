import { formatName } from '../../bids/entities.js';
import type { ModelContrast } from '../../bids/stats-model.js';
import type { DesignMatrix } from '../../core/design.js';
import type {
  ColumnRole,
  HandoffCondition,
  HandoffResponse,
  HandoffRun,
} from '../../core/handoff.js';
import { checkContrast } from '../../glm/contrast/contrast.js';
import { fWeights } from '../../glm/contrast/f-contrast-maps.js';
import { groupByPrompt } from '../../glm/prompts/prompts.js';
import { contrastsOf } from '../glm/design/contrasts.js';
import { listedContrasts } from '../glm/design/listed-contrasts.js';
import { type ModelledEvents, type RunDesign, runDesign } from '../glm/design/run-design.js';
import type { RunInput } from '../glm/inputs/run-input.js';
import type { Specification } from '../glm/model/specification.js';
import { type Measured, measureValues } from './measure.js';

/** A run gathered for a tool. */
export interface GatheredRun extends Pick<Measured, 'kept'> {
  readonly run: HandoffRun;
  readonly input: RunInput;
  /** The formulas among its contrasts, as a Stats Model lists them. */
  readonly listed: readonly ModelContrast[];
  /** How the data differ from what the built-in GLM would take as its sample, a sentence each. */
  readonly notes: readonly string[];
}

const stem = (entities: RunInput['entities']) =>
  formatName({ entities, suffix: '', extension: '' }).replace(/_$/, '');

/** A column of 1 in each volume that is left out: least squares then fits the others alone. */
function withCensored(design: DesignMatrix, censored: readonly number[]): DesignMatrix {
  const width = design.names.length + censored.length;
  const values = new Float64Array(design.rows * width); // [volumes, columns]
  for (let row = 0; row < design.rows; row++)
    design.names.forEach((_, j) => {
      values[row * width + j] = design.values[row * design.names.length + j];
    });
  censored.forEach((volume, k) => {
    values[volume * width + design.names.length + k] = 1;
  });
  const names = [...design.names, ...censored.map((volume) => `censored_${volume}`)];
  return { names, rows: design.rows, values };
}

function roleOf(name: string, { ofEvents }: RunDesign): ColumnRole {
  if (ofEvents.includes(name)) return 'condition';
  if (name === 'constant') return 'constant';
  return /^drift_\d+$/.test(name) ? 'drift' : 'confound';
}

function responseOf(response: ModelledEvents['response']): HandoffResponse {
  if (!response) return { model: 'none', derivative: false, dispersion: false, delays: [] };
  const { model, derivative, dispersion, firDelays = [0] } = response;
  if (model === 'fir' || model === 'FIR')
    return { model: 'fir', derivative: false, dispersion: false, delays: firDelays };
  return { model: model === 'glover' ? model : 'spm', derivative, dispersion, delays: [] };
}

const conditionsOf = ({ conditions, columnsOf }: RunDesign): HandoffCondition[] =>
  conditions.map(({ variable, events, response }) => ({
    name: variable.replace(/^trial_type\./, ''),
    columns: columnsOf.get(variable) ?? [],
    response: responseOf(response),
    events,
  }));

/** Where prompts are the sample, each volume must be one of them for the tools to count as we do. */
function promptNotes(input: RunInput, { frameTimes }: RunDesign): string[] {
  const { promptOf, counts } = groupByPrompt({ events: input.events, frameTimes });
  const outside = promptOf.filter((prompt) => prompt < 0).length;
  const repeated = counts.filter((count) => count > 1).length;
  return [
    ...(outside > 0
      ? [`${outside} volumes belong to no prompt, and are in the baseline here`]
      : []),
    ...(repeated > 0 ? [`${repeated} prompts have several volumes, each counted here`] : []),
  ].map((what) => `${input.source}: ${what}; boldbridge glm takes prompts' means.`);
}

/**
 * One run as it is handed over, its design the built-in GLM's.
 * @throws as runDesign, contrastsOf, checkContrast, fWeights, measureValues
 */
export async function gatherRun(
  input: RunInput,
  specification: Specification,
  image: '.nii' | '.nii.gz',
): Promise<GatheredRun> {
  const own = await runDesign(input, specification);
  const { run: _, ...rest } = input.entities;
  const name = stem(input.entities);
  const design = withCensored(own.design, own.censored);
  const atPrompts = specification.inference === 'prompts';
  const { repetitionTime, series, grid } = input;
  const { values, kept } = await measureValues(series, input.source);
  const contrasts = contrastsOf(specification, own);
  for (const contrast of contrasts.t) checkContrast(contrast, design.names);
  for (const contrast of contrasts.f) fWeights(contrast, design.names);
  const hasFormulas = specification.formulas.length + specification.fFormulas.length > 0;
  return {
    input,
    kept,
    listed: hasFormulas ? listedContrasts(contrasts, own) : [],
    notes: atPrompts ? promptNotes(input, own) : [],
    run: {
      name,
      group: stem(rest),
      bold: `${name}/bold${image}`,
      mask: `${name}/mask${image}`,
      shape: grid.shape,
      volumes: series.volumes,
      repetitionTime,
      sliceTimeRef: own.frameTimes[0] / repetitionTime,
      design,
      roles: design.names.map((column) => roleOf(column, own)),
      conditions: conditionsOf(own),
      drift: specification.drift,
      contrasts,
      hemodynamics: input.hemodynamics ?? null,
      values,
    },
  };
}
