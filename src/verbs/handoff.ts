import { join } from 'node:path';
import { Option } from 'commander';
import { VOLUME_KINDS, type VolumeKind } from '../bids/image-run.js';
import { DesignError } from '../core/errors.js';
import {
  HANDOFF_DESIGNS,
  HANDOFF_TOOLS,
  type HandoffDesign,
  type HandoffToolName,
} from '../core/handoff.js';
import { table } from '../report/text.js';
import type { HandoffSummary } from '../workflow/handoff.js';
import { maskOrComputeOption, subjectsOf, subjectsOption, tasksOption } from './dataset-options.js';
import { many } from './options.js';
import type { Verb } from './verb.js';

interface HandoffFlags {
  readonly design: HandoffDesign;
  readonly volumes: VolumeKind;
  readonly model?: string;
  readonly contrast: readonly string[];
  readonly fContrast: readonly string[];
  readonly mask?: string;
  readonly participantLabel: readonly string[];
  readonly task: readonly string[];
  readonly run: readonly string[];
}

function toolOf(text = ''): HandoffToolName {
  const own = HANDOFF_TOOLS.find((name) => name === text.toLowerCase());
  if (own) return own;
  throw new DesignError('unknown-tool', {
    given: `the tool '${text}'`,
    expected: `one of ${HANDOFF_TOOLS.join(', ')}`,
    todo: 'Name one: boldbridge handoff fsl DATASET.',
  });
}

export const handoff: Verb<HandoffFlags, HandoffSummary> = {
  name: 'handoff',
  summary: 'Write a dataset, its design and a script for another fMRI package.',
  args: [
    ['<tool>', HANDOFF_TOOLS.join(', ')],
    ['<dataset>', 'a BIDS dataset'],
    ['[out]', 'output folder (default: <dataset>/derivatives/handoff-<tool>)'],
  ],
  options: [
    new Option(
      '--design <whose>',
      "exact: boldbridge's regressors; native: made by the tool from the events",
    )
      .choices(HANDOFF_DESIGNS)
      .default('exact'),
    new Option(
      '--volumes <kind>',
      'series with one volume a prompt (prewhitening off) or a token (the usual noise model)',
    )
      .choices(VOLUME_KINDS)
      .default('prompt'),
    new Option(
      '--model <file>',
      'BIDS Stats Model, *_smdl.json (default: the model boldbridge glm takes)',
    ),
    many(
      '--contrast <formula>',
      'contrast of design columns, e.g. "a - b" or "name = a - b" (repeatable; default: each condition)',
    ),
    many('--f-contrast <tests>', 'F test of contrasts at once, "name = a; b - c" (repeatable)'),
    maskOrComputeOption,
    subjectsOption,
    tasksOption,
    many('--run <label>', 'only this run (repeatable)'),
  ],
  example: 'boldbridge handoff fsl by-prompt && bash by-prompt/derivatives/handoff-fsl/run.sh',
  run: async ({ args: [name, dataset = '', out], options, command, progress }) => {
    const tool = toolOf(name);
    const { runHandoff } = await import('../workflow/handoff.js');
    return runHandoff({
      tool,
      dataset,
      out: out ?? join(dataset, 'derivatives', `handoff-${tool}`),
      design: options.design,
      volumes: options.volumes,
      model: options.model,
      contrasts: options.contrast,
      fContrasts: options.fContrast,
      mask: options.mask,
      subjects: subjectsOf(options.participantLabel),
      tasks: options.task,
      runs: options.run,
      force: options.force,
      command,
      progress,
    });
  },
  show: ({ out, tool, design, volumes, noise, runs, run, notes }) =>
    [
      ...notes.map((note) => `Note: ${note}\n`),
      table([
        ['tool', tool],
        ['runs', String(runs.length)],
        ['volumes', volumes],
        ['design', design],
        ['noise', noise],
        ['output', out],
        ['then', `cd ${out} && ${run}`],
      ]),
    ].join('\n'),
};
