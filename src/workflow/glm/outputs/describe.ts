import { describeDerivative } from '../../../bids/describe-derivative.js';
import type { BrokenCount, RunFit } from '../fit/run-fit.js';
import { VOLUMES_WARNING } from '../model/specification.js';
import type { Described } from './place.js';

/** What makes the output a BIDS derivative. */
export async function writeDescription(
  root: string,
  links: { readonly raw: string | null; readonly command: string },
): Promise<void> {
  // Not in BIDS yet (draft BEP041), or tables of this program.
  // biome-ignore format: a list of words
  const ignored = [
    '*_statmap.*', '*_design.*', '*_desc-active_mask.*', '*_modules.*', 'networks.*', 'overlap.*',
    'model_smdl.json', 'group/**',
  ];
  await describeDerivative(root, {
    title: 'general linear model',
    readme: 'glm/README.md',
    ...links,
    ignored,
  });
}

/** What a run's sidecars say of its model. */
export function describe({ specification, run, broken: found }: RunFit): Described {
  const { inference, noise, drift, censor } = specification;
  return {
    Inference: inference,
    NoiseModel: noise,
    HRF: run.hrf,
    Drift: drift,
    ...(censor.length > 0 && { CensoredBy: censor, CensoredVolumes: run.censored }),
    ...(found && hasBroken(found) && { BrokenUnits: describeBroken(found) }),
    ...(inference === 'volumes' && { Warning: VOLUMES_WARNING }),
  };
}

const hasBroken = ({ constant, notFinite }: BrokenCount) => constant + notFinite > 0;

const describeBroken = ({ constant, notFinite, masked }: BrokenCount): Described => ({
  Constant: constant,
  NotFinite: notFinite,
  Treatment: masked ? 'masked: their maps are 0 (p 0.5), their dof 0' : 'their t is 0',
});
