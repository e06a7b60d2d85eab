import type { StatsModel } from '../../../bids/stats-model.js';
import { DesignError } from '../../../core/errors.js';
import type { ProgressBar } from '../../../core/progress.js';
import type { NetworkRule } from '../../../glm/contrast/threshold.js';
import type { BrokenCount } from '../fit/run-fit.js';
import type { Specification } from '../model/specification.js';
import type { Outcome } from '../nodes/outcome.js';
import { writeMaps } from '../outputs/maps.js';
import type { Place } from '../outputs/place.js';

/** One fit of a dataset: what all its steps share. */
export interface Work {
  readonly root: string;
  readonly options: {
    readonly dataset: string;
    readonly command: string;
    readonly rule: NetworkRule;
    readonly logP?: boolean | undefined;
    readonly residuals?: boolean | undefined;
  };
  readonly model: StatsModel;
  readonly specification: Specification;
  readonly bar: ProgressBar;
  /** Sources of the maps that are written, by what their names say. */
  readonly written: Map<string, string>;
  /** Runs with units from which no statistic can be made, as they are found. */
  readonly broken: BrokenRun[];
  /** What the user should know of the results, a sentence each. */
  readonly notes: string[];
}

/** How many units of a run (or of runs fitted together) are broken. */
export interface BrokenRun extends BrokenCount {
  readonly run: string;
  readonly units: number;
}

/** Keeps what was found of units from which no statistic can be made. */
export function note(work: Work, run: string, units: number, found: BrokenCount | null): void {
  if (found && found.constant + found.notFinite > 0) work.broken.push({ run, units, ...found });
}

/** What a file of this fit is about. */
export const placeOf = ({ root, options }: Work, own: Omit<Place, 'root' | 'command'>): Place => ({
  ...{ root, command: options.command, entities: own.entities, grid: own.grid },
  sources: own.sources,
});

/** @throws DesignError `model-outputs` where two nodes make maps of one name */
export async function writeOutcomes(outcomes: readonly Outcome[], work: Work): Promise<void> {
  for (const outcome of outcomes) {
    const { entities, maps, described } = outcome;
    const key = JSON.stringify([Object.entries(entities).sort(), maps.contrast]);
    const sources = JSON.stringify(outcome.sources);
    // Fixed effects of a single map are that map, where nothing in its name changes either.
    if (work.written.get(key) === sources) continue;
    if (work.written.has(key)) {
      throw new DesignError('model-outputs', {
        given: `two nodes that make maps of contrast '${maps.contrast}' of ${Object.values(entities).join(', ')}`,
        expected: 'nodes that group differently, so that their maps have names of their own',
        todo: 'Correct GroupBy or leave out a node.',
      });
    }
    work.written.set(key, sources);
    await writeMaps(placeOf(work, outcome), maps, {
      described,
      logP: work.options.logP ?? false,
    });
  }
}
