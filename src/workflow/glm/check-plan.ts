import type { Entities } from '../../bids/entities.js';
import type { StatsModel } from '../../bids/stats-model.js';
import { DataError, DesignError } from '../../core/errors.js';
import type { RunInput } from './inputs/run-input.js';
import type { Specification } from './model/specification.js';
import { followsRuns, middleNodes } from './nodes/graph.js';
import type { GlmOptions } from './options.js';

/** @throws DesignError `seed`, and `no-permutations` where the threshold needs them and the model has none */
export function requirePermutations({ rule, ...asked }: GlmOptions, model: StatsModel): void {
  if (asked.seed !== undefined && asked.permutations === undefined) {
    throw new DesignError('seed', {
      given: `--seed ${asked.seed} without permutations`,
      expected: 'a seed where something is drawn at random',
      todo: 'Ask for --permutations, or leave --seed out.',
    });
  }
  const has = ({ Model }: StatsModel['Nodes'][number]) =>
    Model.Software?.boldbridge?.permutations !== undefined;
  if (rule.method !== 'permutation' || model.Nodes.some(has)) return;
  throw new DesignError('no-permutations', {
    given: "threshold 'permutation' without permutations in the model",
    expected: 'Software.boldbridge.permutations at a node of level Run or Dataset',
    todo: 'Add it to the model, or ask for --permutations.',
  });
}

/** The runs that a model's Input asks for. */
export function selected(
  inputs: readonly RunInput[],
  model: StatsModel | null,
): readonly RunInput[] {
  const wanted = Object.entries(model?.Input ?? {});
  const keys: Readonly<Record<string, keyof Entities>> = { subject: 'sub', session: 'ses' };
  const found = inputs.filter(({ entities }) =>
    wanted.every(([key, values]) =>
      (values ?? []).some((v) => String(v) === entities[keys[key] ?? (key as keyof Entities)]),
    ),
  );
  if (found.length > 0) return found;
  throw new DataError('nothing-selected', {
    given: "no run fits the model's Input",
    expected: 'a run of the subjects, sessions, tasks and runs asked for',
    todo: 'Check Input.',
  });
}

/** @throws DesignError `residuals` where there are none; `mixed-runs` where no node joins the runs */
export function requireWritable(
  options: GlmOptions,
  { inference, noise }: Specification,
  model: StatsModel,
): void {
  if (inference === 'mixed' && !middleNodes(model).some((node) => followsRuns(model, node))) {
    throw new DesignError('mixed-runs', {
      given: "inference 'mixed' in a model without a node after its runs",
      expected:
        'a node of level Session or Subject after Run: its groups of runs are fitted together',
      todo: 'Add the node and an edge from the Run node to it.',
    });
  }
  if (!options.residuals || (inference === 'volumes' && noise !== 'arma')) return;
  throw new DesignError('residuals', {
    given: `--residuals with inference '${inference}', noise ${noise}`,
    expected: "inference 'volumes' with noise ols or ar1 to ar9",
    todo: 'Leave --residuals out, or ask for --inference volumes.',
  });
}
