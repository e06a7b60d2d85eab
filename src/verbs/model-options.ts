import { Option } from 'commander';
import { DEVICES, type Device, DTYPES, type Dtype } from '../core/runtime.js';

/** Options of the verbs that open a model; given here, they stand before the study's own. */
export interface ModelFlags {
  readonly modules?: string;
  readonly dtype?: Dtype;
  readonly device?: Device;
}

export const modulesOption = new Option(
  '--modules <patterns>',
  'only these modules: glob patterns with commas between, e.g. "layers.*/fc1,layers.*/residual"; ! leaves out (default: all)',
);

export const dtypeOption = new Option(
  '--dtype <dtype>',
  "the model's number format (default: fp32 if there, else the model's own)",
).choices(DTYPES);

export const deviceOption = new Option(
  '--device <device>',
  'what the model runs on (default: cpu)',
).choices(DEVICES);
