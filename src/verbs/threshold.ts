import { Option } from 'commander';
import type { NetworkRule, ThresholdRule, TopRule } from '../glm/contrast/threshold.js';
import { within } from './options.js';

type Plain = ThresholdRule | TopRule;

/** Flags that say which units a map's threshold chooses. */
export interface ThresholdFlags<Method extends NetworkRule['method'] = Plain['method']> {
  readonly threshold: Method;
  readonly alpha: number;
  readonly z: number;
  readonly top: number;
}

/** The options that ruleOf reads; `more` names rules beyond those of a single map. */
export const thresholdOptions = (more: readonly NetworkRule['method'][] = []) => [
  new Option('--threshold <rule>', 'how units are chosen')
    .choices(['fdr', 'bonferroni', 'fpr', 'fixed', 'top', ...more])
    .default('fdr'),
  new Option(
    '--alpha <rate>',
    `error rate of ${['fdr', 'bonferroni', 'fpr', ...more].join(', ')}, two-sided`,
  )
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
export function ruleOf(flags: ThresholdFlags): Plain;
export function ruleOf(flags: ThresholdFlags<NetworkRule['method']>): NetworkRule;
export function ruleOf(flags: ThresholdFlags<NetworkRule['method']>): NetworkRule {
  const { threshold, alpha, z, top } = flags;
  if (threshold === 'fixed') return { method: 'fixed', z };
  if (threshold === 'top') return { method: 'top', percent: top };
  return { method: threshold, alpha };
}
