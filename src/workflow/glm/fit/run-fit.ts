import type { DesignMatrix } from '../../../core/design.js';
import { DataError } from '../../../core/errors.js';
import type { Series } from '../../../core/series.js';
import type { ContrastMaps, FMaps } from '../../../core/statmap.js';
import type { Fit } from '../../../glm/fit/fit.js';
import type { PromptSums } from '../../../glm/prompts/sums/prompt-sums.js';
import type { Contrasts } from '../design/contrasts.js';
import type { RunDesign } from '../design/run-design.js';
import type { Specification } from '../model/specification.js';
import type { HeldRun } from './permute-prompts.js';

/** The maps of some contrasts. */
export interface Maps {
  readonly t: readonly ContrastMaps[];
  readonly f: readonly FMaps[];
}

/** One run's model and what came of it. */
export interface RunFit {
  readonly specification: Specification;
  readonly run: RunDesign;
  /** As it was fitted: a row a prompt or a row a volume. */
  readonly design: DesignMatrix;
  readonly contrasts: Contrasts;
  readonly maps: Maps;
  readonly rSquare: Float64Array | null; // [units]
  /** Data less fit, a volume a volume; null where the sample is prompts. */
  readonly residuals: Series | null;
  /** Null for the sums of a mixed model, which is fitted later. */
  readonly broken: BrokenCount | null;
  /** The prompts' means, where they are to be relabelled. */
  readonly held?: HeldRun;
  /** What a mixed model over several runs needs. */
  readonly sums: PromptSums | null;
}

/** Units of a run from which no statistic can be made. */
export interface BrokenCount {
  /** The same value throughout. */
  readonly constant: number;
  /** A value somewhere that is NaN or infinite. */
  readonly notFinite: number;
  /** Left out, with dof 0; else they stay, with t 0. */
  readonly masked: boolean;
}

/** @throws DataError `no-unit-left` where no unit can be analysed */
export function countBroken({ broken, units }: Fit): BrokenCount {
  const [constant, notFinite] = [broken.constant.length, broken.notFinite.length];
  if (constant + notFinite < units) return { constant, notFinite, masked: broken.masked };
  throw new DataError('no-unit-left', {
    given: `${units} units, of which ${constant} never change and ${notFinite} hold values that are not finite`,
    expected: 'at least one unit to analyse',
    todo: 'Check the mask, and that no volume of the run is damaged; --censor leaves volumes out.',
  });
}

/** Units whose variance is 0: they never change. */
export const countUnmoved = ({ t: [maps] }: Maps): BrokenCount => ({
  constant: maps?.variance.reduce((sum, v) => sum + (v === 0 ? 1 : 0), 0) ?? 0,
  notFinite: 0,
  masked: false,
});
