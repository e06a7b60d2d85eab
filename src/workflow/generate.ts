import type { Progress } from '../core/progress.js';
import { type Sampling, scanGenerate } from '../model/scan/scan.js';
import { openInputs } from './glm/inputs/open-inputs.js';
import { gatesOf } from './lesion/intervention.js';
import { openGated } from './lesion/model.js';
import {
  chosenTasks,
  noUnits,
  oneSession,
  type RecordedNetworks,
  unitsOf,
} from './lesion/networks-of.js';
import { placesOf } from './networks/places.js';
import { readSessions } from './networks/session.js';

/** A network whose units are multiplied. */
export interface Modulation {
  readonly network: string;
  readonly scale: number;
}

export interface GenerateOptions extends RecordedNetworks {
  readonly modulations: readonly Modulation[];
  readonly prompts: readonly string[];
  readonly tokens: number;
  readonly sampling: Sampling;
  readonly seed: number;
  readonly progress: Progress;
}

/** One prompt's continuations. */
export interface Continuation {
  readonly prompt: string;
  readonly plain: string;
  readonly modulated: string;
  /** Mean log-probability a token that the model, as it then was, gave its own words; nats. */
  readonly plainLogProbability: number;
  readonly modulatedLogProbability: number;
}

export interface GenerateSummary {
  readonly modulations: readonly (Modulation & { readonly units: number })[];
  readonly continuations: readonly Continuation[];
}

/**
 * Continues prompts twice with the same random numbers: with the model as it is, and with networks'
 * units multiplied. Units of several networks are multiplied by all their scales.
 */
export async function runGenerate(options: GenerateOptions): Promise<GenerateSummary> {
  const { dataset, maps, rule, direction, modulations, model, progress } = options;
  const sessions = await readSessions(await openInputs(dataset, options), { maps, rule });
  const session = oneSession(sessions, dataset);
  const places = await placesOf(dataset, session);
  if (!places) throw noUnits(dataset);
  const sets = modulations.map(({ network, scale }) => {
    const units = chosenTasks(session, [network]).flatMap((task) => unitsOf(task, direction));
    return { units, intervention: { mode: 'scale' as const, scale } };
  });
  const names = new Set(sets.flatMap(({ units }) => units.map((u) => places.units[u].module)));
  const { subject } = session;
  const gated = await openGated(dataset, {
    mode: 'generate',
    subject,
    names: [...names],
    model,
    progress,
  });
  try {
    const { loaded, modules } = gated;
    const prompts = options.prompts.map((text) => ({ text, seed: options.seed }));
    const generate = () => {
      const { tokens, sampling } = options;
      const scan = { prompts, tokens, sampling, onVolumes: () => {} };
      return scanGenerate(loaded, scan);
    };
    const plain = await generate();
    loaded.setGates(gatesOf(sets, { places, modules, means: [] }));
    const modulated = await generate();
    const text = (own: (typeof plain)[number]) =>
      own.map(({ outputToken }) => outputToken).join('');
    const meanLog = (own: (typeof plain)[number]) =>
      own.reduce((sum, { logProbability }) => sum + logProbability, 0) / own.length;
    return {
      modulations: modulations.map((own, i) => ({ ...own, units: sets[i].units.length })),
      continuations: options.prompts.map((prompt, i) => ({
        prompt,
        plain: text(plain[i]),
        modulated: text(modulated[i]),
        plainLogProbability: meanLog(plain[i]),
        modulatedLogProbability: meanLog(modulated[i]),
      })),
    };
  } finally {
    await gated.loaded.release();
  }
}
