import type { HandoffCondition, HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { basisCount } from './conditions.js';
import { numeral } from './matlab.js';

/**
 * What SPM convolves conditions with, as the field and its value of `bases`. Its own canonical response
 * stands for any; a design of regressors alone needs some, too.
 */
function basis(own: HandoffCondition | undefined, { repetitionTime }: HandoffRun): string {
  if (own?.response.model === 'none') return 'none = true';
  if (own?.response.model !== 'fir') {
    const { derivative = false, dispersion = false } = own?.response ?? {};
    return `hrf.derivs = [${Number(derivative)} ${Number(dispersion)}]`;
  }
  const order = basisCount(own);
  return `fir = struct('length', ${numeral(order * repetitionTime)}, 'order', ${order})`;
}

/** Bases of some runs' conditions: SPM takes one for a model. */
export const basesOf = ({ runs, design }: Pick<HandoffStudy, 'runs' | 'design'>): string[] => [
  ...new Set(
    design === 'exact'
      ? [basis(undefined, runs[0])]
      : runs.flatMap((run) => run.conditions.map((own) => basis(own, run))),
  ),
];
