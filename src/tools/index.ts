import type { HandoffToolName } from '../core/handoff.js';
import { afni } from './afni/afni.js';
import { fsl } from './fsl/fsl.js';
import { nilearn } from './nilearn/nilearn.js';
import { spm } from './spm/spm.js';
import type { HandoffTool } from './tool.js';

/** The packages by name: a new one is a file here and a line below. */
export const TOOLS: Readonly<Record<HandoffToolName, HandoffTool>> = {
  fsl,
  spm,
  afni,
  nilearn,
};
