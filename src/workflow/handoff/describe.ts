import type {
  HandoffDesign,
  HandoffNoise,
  HandoffStudy,
  HandoffVolumes,
} from '../../core/handoff.js';
import { VERSION } from '../../files/versions.js';
import type { HandoffTool } from '../../tools/tool.js';
import { HEMODYNAMICS_WARNING } from '../glm/design/response.js';
import { VOLUMES_WARNING } from '../glm/model/specification.js';
import type { GatheredRun } from './run.js';

const DESIGNS: Readonly<Record<HandoffDesign, string>> = {
  exact:
    "exact: the regressors are boldbridge's own, column for column, so that least squares gives boldbridge's t",
  native: 'native: the tool makes the regressors from the events, as if written by hand',
};

const VOLUMES: Readonly<Record<HandoffVolumes, string>> = {
  prompt: 'one volume a prompt, the mean of its tokens. Prompts are independent of each other',
  token:
    'one volume a token. Tokens of one prompt are not independent, and no noise model of the tools holds for them: at 0.05 these called 0.13 (film_gls) and 0.14 to 0.36 (3dREMLfit) of null units active on a recorded model. Take these maps for comparison, and a dataset of prompts for inference',
  brain: 'as they were scanned',
};

const NOISE: Readonly<Record<HandoffNoise, string>> = {
  white: 'white: ordinary least squares, prewhitening off',
  serial: "serially correlated: the tool's usual prewhitening",
};

/** The README's words for what was asked. */
export const inWords = ({ design, volumes, noise }: HandoffStudy, notes: readonly string[]) => ({
  design: DESIGNS[design],
  volumes: VOLUMES[volumes],
  noise: NOISE[noise],
  notes: notes.length === 0 ? 'Nothing.' : notes.map((note) => `- ${note}`).join('\n'),
});

/** What the user should know of the data, whatever the tool; a sentence each. */
export function studyNotes(
  gathered: readonly GatheredRun[],
  { volumes }: HandoffStudy,
): readonly string[] {
  const own = gathered.flatMap(({ input, run, notes }) => {
    const { constant, notFinite } = run.values.leftOut;
    const faults = [
      ...(constant > 0 ? [`${constant} that never change`] : []),
      ...(notFinite > 0 ? [`${notFinite} with values that are not finite`] : []),
    ];
    const leftOut = `${input.source}: units left out of the mask: ${faults.join(', ')}.`;
    const ofInput = [...(input.notes ?? []), ...(input.computedMask ? [input.computedMask] : [])];
    return [...ofInput, ...notes, ...(faults.length > 0 ? [leftOut] : [])];
  });
  const isConvolved = gathered.some(({ run }) => run.hemodynamics !== null);
  return [
    ...new Set([
      ...(volumes === 'token' ? [VOLUMES_WARNING] : []),
      ...(isConvolved ? [HEMODYNAMICS_WARNING] : []),
      ...own,
    ]),
  ];
}

/** handoff.json: what stands in the folder, for whoever reads the tool's results. */
export function describeHandoff(
  gathered: readonly GatheredRun[],
  { design, volumes, noise }: HandoffStudy,
  { name }: HandoffTool,
) {
  return {
    Tool: name,
    BoldbridgeVersion: VERSION,
    Design: design,
    Volumes: volumes,
    Noise: noise,
    Runs: gathered.map(({ input, run }) => ({
      Name: run.name,
      Group: run.group,
      Source: input.source,
      Entities: input.entities,
      Bold: run.bold,
      Mask: run.mask,
      Units: run.values.units,
      Columns: run.design.names,
      Roles: run.roles,
      Contrasts: run.contrasts.t.map(({ name: contrast, weights }) => ({
        Name: contrast,
        Weights: Object.fromEntries(weights),
      })),
      FContrasts: run.contrasts.f.map(({ name: contrast, rows }) => ({
        Name: contrast,
        Weights: rows.map(({ weights }) => Object.fromEntries(weights)),
      })),
    })),
  };
}
