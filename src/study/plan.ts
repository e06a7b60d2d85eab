import { createHash } from 'node:crypto';
import { StudyError } from '../core/errors.js';
import type { RunId, Stimulus } from '../core/recording.js';
import { makeRandom } from '../math/random.js';
import type { Study } from './load.js';

/** What the off blocks are called in events. */
export const REST = 'rest';

/** One run, prompt by prompt. Volumes follow each other without gaps. */
export interface PlannedRun {
  readonly id: RunId;
  readonly description: string | null;
  readonly prompts: readonly PlannedPrompt[];
  readonly volumes: number;
}

export interface PlannedPrompt {
  readonly stimulus: Stimulus;
  /** Index of its first volume in the run, and how many it has. */
  readonly first: number;
  readonly volumes: number;
  /** Seeds the sampling of this prompt alone, so that it does not depend on what came before. */
  readonly seed: number;
}

/**
 * The runs of a study: blocks of prompts in the study's pattern, each as long as its volumes. No prompt is used twice, neither in
 * the repeats of a task nor in the off blocks of two tasks, for contrasts that share their rest
 * prompts would look alike.
 * @param volumesOf volumes a prompt takes; by default the tokens generated from each
 * @throws StudyError `study/too-few-prompts`
 */
export function planStudy(
  study: Study,
  volumesOf: (text: string) => number = () => study.settings.tokens ?? 1,
): PlannedRun[] {
  const { settings } = study;
  const { pattern, cycles, prompts } = settings.blocks;
  const blocks = Array.from({ length: cycles }, () => pattern).flat();
  const needed = (kind: 'on' | 'off') =>
    blocks.filter((block) => block === kind).length * prompts[kind];
  const random = makeRandom(settings.seed);
  const tasks = Object.keys(settings.tasks);
  const rest = draw(study.restPrompts, {
    needed: needed('off') * settings.repeats * tasks.length,
    what: 'the off blocks (rest)',
    shuffle: random.shuffle,
  });

  return tasks.flatMap((task) => {
    const on = draw(study.taskPrompts.get(task) ?? [], {
      needed: needed('on') * settings.repeats,
      what: `the task ${task}`,
      shuffle: random.shuffle,
    });
    return Array.from({ length: settings.repeats }, (_, i) => {
      const id = { subject: settings.subject, session: settings.session ?? null, task, run: i + 1 };
      const order = blocks.flatMap((block) => Array<'on' | 'off'>(prompts[block]).fill(block));
      const next = { on: () => on.pop() ?? '', off: () => rest.pop() ?? '' };
      let volumes = 0;
      const planned = order.map((kind, n): PlannedPrompt => {
        const text = next[kind]();
        const first = volumes;
        volumes += volumesOf(text);
        return present(text, { kind, n, id, settings, first, volumes: volumes - first });
      });
      return {
        id,
        description: settings.tasks[task].description ?? null,
        prompts: planned,
        volumes,
      };
    });
  });
}

function draw(
  pool: readonly string[],
  options: {
    readonly needed: number;
    readonly what: string;
    readonly shuffle: (items: readonly string[]) => string[];
  },
): string[] {
  const distinct = [...new Set(pool)];
  if (distinct.length < options.needed) {
    throw new StudyError('too-few-prompts', {
      given: `${distinct.length} distinct prompts for ${options.what}`,
      expected: `at least ${options.needed}, for no prompt is used twice in a study`,
      todo: 'Write more prompts, or ask for fewer cycles, repeats or prompts per block.',
    });
  }
  return options.shuffle(distinct);
}

function present(
  text: string,
  at: {
    readonly kind: 'on' | 'off';
    readonly n: number;
    readonly id: RunId;
    readonly settings: Study['settings'];
    readonly first: number;
    readonly volumes: number;
  },
): PlannedPrompt {
  const { id, n, settings, first, volumes } = at;
  const prompt = `${id.task}-${id.run}-${String(n + 1).padStart(3, '0')}`;
  return {
    stimulus: {
      text,
      event: {
        onset: first * settings.repetition_time,
        duration: volumes * settings.repetition_time,
        trialType: at.kind === 'on' ? id.task : REST,
        prompt,
      },
    },
    first,
    volumes,
    seed: promptSeed(`${settings.seed}/${id.session ?? ''}/${prompt}`),
  };
}

/** 31 bits of a hash: the same for the same study seed, run and place, whatever else is recorded. */
function promptSeed(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE() >>> 1;
}
