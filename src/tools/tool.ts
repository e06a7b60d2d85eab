import type { Refusal } from '../core/errors.js';
import type { HandoffFile, HandoffStudy, HandoffToolName } from '../core/handoff.js';

/**
 * A package that data can be handed to. Everything here is pure: the workflow measures the data, asks
 * for refusals, and writes images, masks and files. What stands in the folder is the tool's whole input;
 * paths in its files are relative to the folder or made by its script when it runs, so that the folder
 * can be moved.
 */
export interface HandoffTool {
  readonly name: HandoffToolName;
  /** How people write it. */
  readonly title: string;
  /** How the tool wants its images: HandoffRun.bold and .mask end so. */
  readonly image: '.nii' | '.nii.gz';
  /** Below the root: what the user runs, and how (`bash run.sh`). */
  readonly command: string;
  /** What stands in the way, all of it at once; empty where the tool can have the data. */
  refusals(study: HandoffStudy): readonly Refusal[];
  /** What the user should know though it works, a sentence each; also in the README. */
  notes(study: HandoffStudy): readonly string[];
  /** Every file but the images, masks, the folder's README and its BIDS files. */
  write(study: HandoffStudy): readonly HandoffFile[];
}
