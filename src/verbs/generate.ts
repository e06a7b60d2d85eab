import { InvalidArgumentError, Option } from 'commander';
import { count, table } from '../report/text.js';
import type { GenerateSummary, Modulation } from '../workflow/generate.js';
import {
  directionOption,
  mapsOf,
  type RecordedFlags,
  recordedOptions,
  subjectsOf,
} from './dataset-options.js';
import { many, whole, within } from './options.js';
import { ruleOf, thresholdOptions } from './threshold.js';
import type { Verb } from './verb.js';

interface GenerateFlags extends RecordedFlags {
  readonly prompt: readonly string[];
  readonly modulate: readonly Modulation[];
  readonly tokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly greedy?: boolean;
  readonly seed: number;
}

function modulation(text: string, before: readonly Modulation[]): Modulation[] {
  const [, network, factor] = /^(.+)=([^=]+)$/.exec(text) ?? [];
  const scale = Number(factor);
  if (network && factor.trim() !== '' && Number.isFinite(scale)) {
    return [...before, { network, scale }];
  }
  throw new InvalidArgumentError('Expected NETWORK=SCALE, such as pathology=1.5.');
}

export const generate: Verb<GenerateFlags, GenerateSummary> = {
  name: 'generate',
  summary: 'Continue prompts with networks made stronger or weaker, beside the model as it is.',
  args: [
    ['<dataset>', 'recordings, or a dataset exported from them, that boldbridge glm was run on'],
  ],
  options: [
    many('--prompt <text>', 'a text to continue (repeatable)').makeOptionMandatory(),
    new Option('--modulate <network=scale>', 'multiply the units of a network (repeatable)')
      .default([], 'none')
      .argParser(modulation),
    directionOption,
    ...thresholdOptions(),
    new Option('--tokens <n>', 'tokens to generate').default(40).argParser(whole(1)),
    new Option('--temperature <t>', 'of sampling')
      .default(0.8)
      .argParser(within(0, Number.POSITIVE_INFINITY)),
    new Option('--top-k <n>', 'sample from the most probable').default(40).argParser(whole(1)),
    new Option('--greedy', 'take the most probable token, without chance'),
    new Option('--seed <n>', 'seed of the sampling').default(1).argParser(whole(0)),
    ...recordedOptions,
  ],
  example:
    'boldbridge generate dataset --threshold top --top 2 --modulate pathology=1.5 --prompt "The doctor found"',
  run: async ({ args: [dataset = ''], options, progress }) => {
    const { runGenerate } = await import('../workflow/generate.js');
    return runGenerate({
      dataset,
      maps: mapsOf(dataset, options.maps),
      rule: ruleOf(options),
      direction: options.units,
      modulations: options.modulate,
      prompts: options.prompt,
      tokens: options.tokens,
      sampling: options.greedy
        ? { do_sample: false }
        : { do_sample: true, temperature: options.temperature, top_k: options.topK },
      seed: options.seed,
      model: options.model,
      mask: options.mask,
      subjects: subjectsOf(options.participantLabel),
      tasks: [],
      progress,
    });
  },
  show: ({ modulations, continuations }) => {
    const how = modulations.map(({ network, scale, units }) => [
      'modulated',
      `${network} x ${scale} (${count(units)} units)`,
    ]);
    const texts = continuations.map(({ prompt, plain, modulated }) =>
      [`> ${prompt}`, `  as it is:  ${flat(plain)}`, `  modulated: ${flat(modulated)}`, ''].join(
        '\n',
      ),
    );
    return [...(how.length > 0 ? [table(how)] : []), ...texts].join('\n');
  },
};

const flat = (text: string) => text.replace(/\s+/g, ' ').trim();
