import { Option } from 'commander';
import type { ThresholdRule, TopRule } from '../glm/contrast/threshold.js';
import { within } from './options.js';

/** Flags that say which units a map's threshold chooses. */
export interface ThresholdFlags {
  readonly threshold: (ThresholdRule | TopRule)['method'];
  readonly alpha: number;
  readonly z: number;
  readonly top: number;
}

/** The options that ruleOf reads. */
export const thresholdOptions = () => [
  new Option('--threshold <rule>', 'how units are chosen')
    .choices(['fdr', 'bonferroni', 'fpr', 'fixed', 'top'])
    .default('fdr'),
  new Option('--alpha <rate>', 'error rate of fdr, bonferroni and fpr, two-sided')
    .default(0.05)
    .argParser(within(0, 1)),
  new Option('--z <value>', '|z| of the fixed threshold')
    .default(3.1)
    .argParser(within(0, Number.POSITIVE_INFINITY)),
  new Option('--top <percent>', 'share of units that the rule top chooses')
    .default(5)
    .argParser(within(0, 100)),
];

/** How units are chosen, as the flags say. */
export function ruleOf({ threshold, alpha, z, top }: ThresholdFlags): ThresholdRule | TopRule {
  if (threshold === 'fixed') return { method: 'fixed', z };
  if (threshold === 'top') return { method: 'top', percent: top };
  return { method: threshold, alpha };
}
