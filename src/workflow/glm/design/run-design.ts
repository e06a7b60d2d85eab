import { fits, type Response } from '../../../bids/transformations.js';
import type { DesignMatrix } from '../../../core/design.js';
import { DesignError } from '../../../core/errors.js';
import type { Event } from '../../../core/event.js';
import { censoredBy } from '../../../glm/design/censor.js';
import { checkEvents } from '../../../glm/design/check-events.js';
import { type Confound, makeDesign } from '../../../glm/design/design.js';
import { frameTimesOf, spacing } from '../../../glm/design/frame-times.js';
import type { Hrf } from '../../../glm/design/hrf.js';
import { conditionColumns } from '../../../glm/design/regressors.js';
import { selectConfounds } from '../../../glm/design/select-confounds.js';
import type { RunInput } from '../inputs/run-input.js';
import type { Specification } from '../model/specification.js';
import { hrfOf, requireResponse } from './response.js';
import { chosen, type EventVariable, variablesOf } from './variables.js';

/** A variable's events, none of amplitude 0, and what they are convolved with, where they are. */
export interface ModelledEvents {
  readonly variable: string;
  readonly events: readonly Event[];
  readonly response?: Response;
}

/** A run's design over volumes, and where its columns come from. */
export interface RunDesign {
  readonly design: DesignMatrix;
  readonly frameTimes: Float64Array; // [volumes]
  /** Response of the conditions. */
  readonly hrf: Hrf;
  /** Columns of each variable; the first is its own, others derivatives; all those of `fir`. */
  readonly columnsOf: ReadonlyMap<string, readonly string[]>;
  /** Columns that events make. */
  readonly ofEvents: readonly string[];
  /** The events behind those columns, by variable. */
  readonly conditions: readonly ModelledEvents[];
  /** Volumes left out, from 0. */
  readonly censored: readonly number[];
}

/** `trial_type.law` is the column `law`; other variables keep their names. */
const columnName = (variable: string) => variable.replace(/^trial_type\./, '');

/**
 * Where prompts are the sample and respond at once, a volume is looked at in its middle. At the very
 * onset nilearn's arithmetic, which the engine keeps to, misses some events' first volume by rounding;
 * that would leave a prompt's mean of the boxcar a little short of 1.
 */
const MIDDLE = 0.5;

/** @throws DesignError `no-conditions`, `transformation`, `hrf` and as makeDesign; EventsError */
export async function runDesign(input: RunInput, specification: Specification): Promise<RunDesign> {
  const { drift, censor, inference, instructions } = specification;
  const isConvolved =
    specification.hrf !== null || instructions.some(({ Name }) => Name === 'Convolve');
  const atOnce = inference !== 'volumes' && !isConvolved;
  const sliceTimeRef = atOnce ? MIDDLE : specification.sliceTimeRef;
  const { series, repetitionTime } = input;
  const frameTimes = frameTimesOf({ volumes: series.volumes, repetitionTime, sliceTimeRef });
  const step = spacing(frameTimes);
  checkEvents(input.events, { end: frameTimes[series.volumes - 1] + step, repetitionTime: step });
  const variables = await variablesOf(input, specification);
  const usable = [...variables].filter(([, { kind }]) => kind !== 'labels').map(([name]) => name);
  const names = await chosen(input, specification.x, usable);

  const sparse = names.flatMap((name): EventVariable[] => {
    const own = variables.get(name)!;
    if (own.kind !== 'events' || own.events.length === 0) return [];
    // Events of other names add nothing; where nothing is left, the column of 0 is refused by name.
    const present = own.events.filter(({ modulation }) => modulation !== 0);
    const events = present.length > 0 ? present : own.events;
    const given = specification.hrf;
    const isGiven = given?.variables.some((pattern) => fits(name, pattern)) ?? false;
    return [{ ...own, events, name, ...(isGiven && given && { response: given.response }) }];
  });
  if (sparse.length === 0) {
    throw new DesignError('no-conditions', {
      given: `${input.source}, of whose events none are modelled`,
      expected: 'at least one other trial type than the baseline',
      todo: 'Name another baseline with --baseline, or correct the model.',
    });
  }
  for (const { response } of sparse) requireResponse(input, hrfOf(response));
  const keyOf = ({ response }: EventVariable) => JSON.stringify(response ?? null);
  const main = sparse.filter((variable) => keyOf(variable) === keyOf(sparse[0]));
  const hrf = hrfOf(main[0].response);
  const firDelays = main[0].response?.firDelays;
  const other = sparse.filter((variable) => !main.includes(variable));
  const columnsOf = new Map<string, readonly string[]>();
  const otherColumns = other.flatMap(({ name, events, response }): Confound[] => {
    const delays = response?.firDelays;
    const options = {
      events,
      frameTimes,
      hrf: hrfOf(response),
      ...(delays && { firDelays: delays }),
    };
    const columns = conditionColumns(options).map(({ suffix, values }) => ({
      name: `${columnName(name)}${suffix}`,
      values,
    }));
    columnsOf.set(
      name,
      columns.map((column) => column.name),
    );
    return columns;
  });
  const dense = names.flatMap((name): Confound[] => {
    const own = variables.get(name)!;
    if (own.kind !== 'dense') return [];
    columnsOf.set(name, [name]);
    return [{ name, values: own.values }];
  });
  const design = makeDesign({
    events: main.flatMap(({ name, events }) =>
      events.map((event) => ({ ...event, trialType: columnName(name) })),
    ),
    frameTimes,
    hrf,
    ...(firDelays && { firDelays }),
    drift,
    confounds: [...otherColumns, ...dense],
  });
  for (const { name } of main) {
    const own = columnName(name);
    const derived = /^(_derivative|_dispersion|_delay_\d+)?$/;
    columnsOf.set(
      name,
      design.names.filter((n) => n.startsWith(own) && derived.test(n.slice(own.length))),
    );
  }
  const marks = await input.confounds(
    censor.length > 0 ? selectConfounds(await input.confoundNames(), censor) : [],
  );
  const ofEvents = sparse.flatMap(({ name }) => columnsOf.get(name) ?? []);
  const conditions = sparse.map(({ name, events, response }) => ({
    variable: name,
    events,
    ...(response && { response }),
  }));
  const censored = censoredBy(marks);
  return { design, frameTimes, hrf, columnsOf, ofEvents, conditions, censored };
}
