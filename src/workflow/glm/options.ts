import type { NetworkSummary, PairSummary } from '../../core/network.js';
import type { Progress } from '../../core/progress.js';
import type { NetworkRule } from '../../glm/contrast/threshold.js';
import type { Selection } from './inputs/run-input.js';
import type { GlmRequest, Inference } from './model/request.js';
import type { ModuleRow } from './networks/modules.js';
import type { BrokenRun } from './steps/work.js';

/** What is fitted, how, and where it goes. */
export interface GlmOptions extends GlmRequest, Selection {
  /** A BIDS dataset, or a recordings folder. */
  readonly dataset: string;
  readonly out: string;
  /** A BIDS Stats Model, instead of what the request says of the model. */
  readonly model?: string | undefined;
  /** Write maps of -log10 p. */
  readonly logP?: boolean | undefined;
  /** Write what the model leaves of the data. */
  readonly residuals?: boolean | undefined;
  readonly force: boolean;
  readonly command: string;
  readonly progress: Progress;
}

/** A network with what is known of its modules. */
export type GlmNetwork = NetworkSummary & { readonly modules?: readonly ModuleRow[] };

/** What came of it. */
export interface GlmSummary {
  readonly out: string;
  readonly inference: Inference;
  readonly rule: NetworkRule;
  readonly runs: number;
  readonly networks: readonly GlmNetwork[];
  readonly overlaps: readonly PairSummary[];
  /** Runs with units that never change or are not finite. */
  readonly brokenUnits: readonly BrokenRun[];
  readonly warnings: readonly string[];
}

/** What is asked where nothing is said: of all runs, a contrast for each condition, FDR at 0.05. */
export const DEFAULT_GLM: GlmRequest & Selection = {
  confounds: [],
  contrasts: [],
  sliceTimeRef: 0,
  baseline: 'rest',
  rule: { method: 'fdr', alpha: 0.05 },
  mask: undefined,
  subjects: [],
  tasks: [],
};
