import { correlation } from '../math/correlation.js';
import type { Random } from '../math/random.js';
import { type LabelledMap, ridgeScores } from './ridge.js';

/** What training runs say of one task. */
export interface TaskNetwork {
  readonly label: string;
  /** Units the threshold chose. */
  readonly active: Uint8Array; // [units]
  /** z over the training runs. */
  readonly z: Float64Array; // [units]
}

/** Runs held out, and what the other runs say of every task. */
export interface Fold {
  readonly networks: readonly TaskNetwork[];
  /** Each training run's map. */
  readonly training: readonly LabelledMap[];
  readonly test: readonly LabelledMap[];
}

export const METHODS = ['correspondence', 'correlation', 'classifier'] as const;
export type Method = (typeof METHODS)[number];

/** The verdict on one held-out map. */
export interface Verdict {
  readonly label: string;
  readonly predicted: string;
  /** One score a network, in the fold's order. */
  readonly scores: readonly number[];
}

/**
 * Mean activation of a network in a map: of its units that were more active than at rest the effect,
 * of those less active its negative. 0 for an empty network.
 * Source: Nencka et al. 2023 (correspondence of a run with a task's network).
 */
export function correspondence({ active, z }: TaskNetwork, map: Float64Array): number {
  let [sum, count] = [0, 0];
  for (let u = 0; u < map.length; u++) {
    if (!active[u]) continue;
    sum += z[u] > 0 ? map[u] : -map[u];
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

const SCORES: Readonly<Record<Method, (fold: Fold) => number[][]>> = {
  correspondence: ({ networks, test }) =>
    test.map(({ map }) => networks.map((network) => correspondence(network, map))),
  correlation: ({ networks, test }) =>
    test.map(({ map }) => networks.map(({ z }) => correlation(z, map) || 0)),
  classifier: ({ networks, training, test }) =>
    ridgeScores(
      training,
      networks.map(({ label }) => label),
      test.map(({ map }) => map),
    ),
};

/** Names the task of each held-out map: the one of the largest score. */
export function identify(fold: Fold, method: Method): Verdict[] {
  return SCORES[method](fold).map((scores, i) => ({
    label: fold.test[i].label,
    predicted: fold.networks[scores.indexOf(Math.max(...scores))].label,
    scores,
  }));
}

/** Share of verdicts that name the right task. */
export function accuracy(verdicts: readonly Verdict[]): number {
  return verdicts.filter(({ label, predicted }) => label === predicted).length / verdicts.length;
}

/**
 * The chance of as many right names, or more, were the held-out runs of a fold named in random order:
 * (1 + shuffles as good) / (1 + shuffles). Source: Phipson and Smyth 2010.
 * @param folds the verdicts of each fold
 */
export function accuracyP(
  folds: readonly (readonly Verdict[])[],
  options: { readonly permutations: number; readonly random: Random },
): number {
  const right = (labels: readonly string[], verdicts: readonly Verdict[]) =>
    verdicts.filter(({ predicted }, i) => predicted === labels[i]).length;
  const labels = folds.map((verdicts) => verdicts.map(({ label }) => label));
  const count = (own: readonly (readonly string[])[]) =>
    folds.reduce((sum, verdicts, f) => sum + right(own[f], verdicts), 0);
  const observed = count(labels);
  let asGood = 1;
  for (let i = 0; i < options.permutations; i++) {
    if (count(labels.map((own) => options.random.shuffle(own))) >= observed) asGood++;
  }
  return asGood / (1 + options.permutations);
}
