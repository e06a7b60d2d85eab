import type { Entities } from '../../../bids/entities.js';
import type { HemodynamicModel, VolumeKind } from '../../../bids/image-run.js';
import type { Variable } from '../../../bids/transformations.js';
import type { Event } from '../../../core/event.js';
import type { Grid } from '../../../core/grid.js';
import type { Arrivals, Series } from '../../../core/series.js';
import type { Confound } from '../../../glm/design/design.js';
import type { UnitModules } from './unit-modules.js';

/** One run, ready to be modelled. */
export interface RunInput {
  readonly entities: Entities;
  /** Seconds. */
  readonly repetitionTime: number;
  readonly events: readonly Event[];
  /** What was odd about the input and what was made of it, a sentence each. */
  readonly notes?: readonly string[];
  /** The response that the series was convolved with when it was exported; none where absent. */
  readonly hemodynamics?: HemodynamicModel | null;
  /** What a volume is where a model was scanned; null for a brain's image. */
  readonly volumeKind?: VolumeKind | null;
  readonly series: Series;
  /** How the mask was computed, where none was given. */
  readonly computedMask?: string;
  /** The same volumes as they come, where that is another order: enough for sums over prompts. */
  readonly arriving?: Arrivals;
  /** Where the series' units lie. */
  readonly grid: Grid;
  /** BIDS URI or path of the data. */
  readonly source: string;
  /** A further column of the run's events, by its name; null where they have none. */
  eventColumn?(name: string): Promise<Variable | null>;
  /** The named columns of the run's confounds. */
  confounds(names: readonly string[]): Promise<Confound[]>;
  /** All columns of the run's confounds; none where it has no table. */
  confoundNames(): Promise<readonly string[]>;
  /** Which module each unit belongs to, where that is known. */
  modules(): Promise<UnitModules | null>;
}

/** Which voxels, subjects and tasks are analysed; all tasks or subjects where none is named. */
export interface Selection {
  readonly mask: string | undefined;
  readonly subjects: readonly string[];
  readonly tasks: readonly string[];
}

/** Whether a run was selected. */
export const wanted = (entities: Entities, { subjects, tasks }: Selection) =>
  (subjects.length === 0 || subjects.includes(entities.sub ?? '')) &&
  (tasks.length === 0 || tasks.includes(entities.task ?? ''));
