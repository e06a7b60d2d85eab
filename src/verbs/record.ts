import { InvalidArgumentError, Option } from 'commander';
import { OutputError } from '../core/errors.js';
import { count, table } from '../report/text.js';
import type { LiveGlm } from '../workflow/live.js';
import type { RecordSummary } from '../workflow/record.js';
import { glm } from './glm.js';
import { deviceOption, dtypeOption, type ModelFlags, modulesOption } from './model-options.js';
import type { Verb } from './verb.js';

interface RecordFlags extends ModelFlags {
  readonly out: string;
  readonly batch?: number;
  readonly resume?: boolean;
  readonly liveGlm?: string;
  readonly glmOut?: string;
  readonly save: boolean;
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1 on.');
}

/** @throws OutputError `output/without-live-glm` */
function liveOf({ liveGlm: model, glmOut: out, save }: RecordFlags, command: string) {
  if (model !== undefined) return { model, out, save, command } satisfies LiveGlm;
  if (save && out === undefined) return undefined;
  throw new OutputError('without-live-glm', {
    given: `${save ? '--glm-out' : '--no-save'} without --live-glm`,
    expected: 'a model to fit while recording',
    todo: 'Add --live-glm default, or --live-glm FILE_smdl.json.',
  });
}

export const record: Verb<RecordFlags, RecordSummary> = {
  name: 'record',
  summary: "Record a model's activations while it continues the prompts of a study.",
  args: [['<study>', 'the study, a YAML file']],
  options: [
    new Option('-o, --out <folder>', 'recordings folder').default('recordings'),
    modulesOption,
    dtypeOption,
    deviceOption,
    new Option(
      '--batch <n>',
      'prompts that go through the model together, at most (default: chosen by size)',
    ).argParser(wholeNumber),
    new Option('--resume', 'keep the runs that are there and record the rest').conflicts('force'),
    new Option(
      '--live-glm <model>',
      'fit the runs while they are recorded, as glm would: a BIDS Stats Model (*_smdl.json), or default for what glm does without one; runs that --resume keeps are read',
    ),
    new Option(
      '--glm-out <folder>',
      'where --live-glm writes (default: <out>/derivatives/boldbridge-glm)',
    ),
    new Option(
      '--no-save',
      'with --live-glm: keep no activations; the tables go to sourcedata in its output',
    ),
  ],
  example: 'boldbridge record bids-templates/studies/demo.yaml --out recordings',
  run: async ({ args: [study = ''], options, progress, command }) => {
    const { out: root, force, resume, modules, dtype, device, batch } = options;
    const live = liveOf(options, command);
    const { recordStudy } = await import('../workflow/record.js');
    return recordStudy({
      ...{ study, root, force, resume, modules, dtype, device, batch, live, progress },
    });
  },
  show: (summary) => {
    const isKept = summary.folders.length > 0;
    const about = table([
      ['runs', count(isKept ? summary.folders.length : (summary.glm?.runs ?? 0))],
      ...(summary.kept > 0 ? [['kept', count(summary.kept)]] : []),
      ['modules', count(summary.modules)],
      ['units', count(summary.units)],
      ['volumes', count(summary.volumes)],
      ...(isKept ? [['recordings', summary.root]] : []),
      ...(summary.glm ? [] : [['next', `boldbridge export ${summary.root} dataset`]]),
    ]);
    return summary.glm ? `${glm.show(summary.glm)}\n${about}` : about;
  },
};
