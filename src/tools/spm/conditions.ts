import type { HandoffCondition, HandoffRun } from '../../core/handoff.js';
import { BINS } from './timing.js';

/** A condition as SPM takes it; events have one height, others are of modulators. */
export interface SpmCondition {
  readonly name: string;
  readonly onsets: readonly number[]; // [events], seconds
  readonly durations: readonly number[]; // [events], seconds
  readonly modulators: readonly SpmModulator[];
}

interface SpmModulator {
  readonly name: string;
  readonly heights: readonly number[]; // [events]
}

/** Where a column of ours is among SPM's: how many columns before it, and what its weight is times. */
export interface Place {
  readonly index: number;
  readonly factor: number;
}

const heightsOf = ({ events }: HandoffCondition) => events.map(({ modulation = 1 }) => modulation);

/** Its events have different heights. */
export const isModulated = (condition: HandoffCondition): boolean =>
  new Set(heightsOf(condition)).size > 1;

const keyOf = ({ onset, duration }: { readonly onset: number; readonly duration: number }) =>
  `${onset} ${duration}`;

/** The unmodulated condition of the same events, event by event, which can carry the modulator. */
export const carrierOf = (
  { conditions }: HandoffRun,
  own: HandoffCondition,
): HandoffCondition | undefined =>
  conditions.find(
    (other) =>
      !isModulated(other) && other.events.map(keyOf).join() === own.events.map(keyOf).join(),
  );

/** Other conditions that have some of its events. */
export const sharing = ({ conditions }: HandoffRun, own: HandoffCondition): HandoffCondition[] => {
  const keys = new Set(own.events.map(keyOf));
  return conditions.filter(
    (other) => other !== own && other.events.some((e) => keys.has(keyOf(e))),
  );
};

/** SPM's columns for each cause of a condition. */
export const basisCount = ({ response }: HandoffCondition): number =>
  response.model === 'fir'
    ? Math.max(...response.delays) + 1
    : 1 + Number(response.derivative) + Number(response.dispersion);

const basisIndex = ({ response }: HandoffCondition, column: number) =>
  response.model === 'fir' ? response.delays[column] : column;

/**
 * A run's conditions as SPM takes them, and where our columns stand among its own: condition by condition,
 * in each the events and then the modulators, in each the basis functions. Heights that vary become a
 * parametric modulator, of the unmodulated condition of the same events where there is one. SPM's blocks
 * last a time bin longer than asked, so durations are that much shorter.
 * Source: SPM's spm_get_ons.m and spm_Volterra.m.
 */
export function spmConditions(run: HandoffRun): {
  readonly conditions: readonly SpmCondition[];
  readonly places: ReadonlyMap<string, Place>;
  readonly width: number;
} {
  const bin = run.repetitionTime / BINS;
  const isCarried = (own: HandoffCondition) =>
    isModulated(own) && carrierOf(run, own) !== undefined;
  const carriers = run.conditions.filter((own) => !isCarried(own));
  const places = new Map<string, Place>();
  let width = 0;
  const put = (own: HandoffCondition, factor: number) => {
    own.columns.forEach((column, j) => {
      places.set(column, { index: width + basisIndex(own, j), factor });
    });
    width += basisCount(own);
  };
  const conditions = carriers.map((own): SpmCondition => {
    const carried = run.conditions.filter(
      (other) => isCarried(other) && carrierOf(run, other) === own,
    );
    const modulating = isModulated(own) ? [own] : carried;
    if (isModulated(own)) width += basisCount(own);
    else put(own, 1 / heightsOf(own)[0]);
    for (const other of modulating) put(other, 1);
    return {
      name: own.name,
      onsets: own.events.map(({ onset }) => onset),
      durations: own.events.map(({ duration }) => Math.max(duration - bin, 0)),
      modulators: modulating.map((other) => ({ name: other.name, heights: heightsOf(other) })),
    };
  });
  return { conditions, places, width };
}
