import type { Contrast } from '../../src/core/design.js';
import type { Event } from '../../src/core/event.js';
import type {
  HandoffCondition,
  HandoffFile,
  HandoffRun,
  HandoffStudy,
} from '../../src/core/handoff.js';
import { type Confound, makeDesign } from '../../src/glm/design/design.js';
import { frameTimesOf } from '../../src/glm/design/frame-times.js';
import type { Hrf } from '../../src/glm/design/hrf.js';

const AT_ONCE = { model: 'none', derivative: false, dispersion: false, delays: [] } as const;

export interface Changes {
  readonly name?: string;
  readonly events?: readonly Event[];
  readonly volumes?: number;
  readonly repetitionTime?: number;
  readonly sliceTimeRef?: number;
  readonly hrf?: Hrf;
  readonly confounds?: readonly Confound[];
  readonly highPass?: number;
  readonly contrasts?: readonly Contrast[];
  readonly f?: HandoffRun['contrasts']['f'];
  readonly values?: Partial<HandoffRun['values']>;
}

/** Events of one prompt each, one second apart: two of a kind, in turn, with rest between. */
export function promptEvents(volumes: number, kinds: readonly string[]): Event[] {
  return Array.from({ length: volumes }, (_, k) => k)
    .filter((k) => Math.floor(k / 2) % 2 === 1)
    .map((k) => ({ onset: k, duration: 1, trialType: kinds[Math.floor(k / 4) % kinds.length] }));
}

/** A run with the built-in GLM's design, boxcars by default. */
export function makeRun(changes: Changes = {}): HandoffRun {
  const { volumes = 24, repetitionTime = 1, sliceTimeRef = 0.5, hrf = 'none' } = changes;
  const { name = 'sub-01_task-x_run-1', confounds = [], highPass } = changes;
  const events = changes.events ?? promptEvents(volumes, ['law', 'cooking']);
  const frameTimes = frameTimesOf({ volumes, repetitionTime, sliceTimeRef });
  const drift =
    highPass === undefined
      ? ({ model: 'none' } as const)
      : ({ model: 'cosine', highPass } as const);
  const design = makeDesign({ events, frameTimes, hrf, drift, confounds });
  const kinds = [...new Set(events.map(({ trialType }) => trialType))].sort();
  const [model, ...more] = hrf.split(' + ');
  const response = {
    ...AT_ONCE,
    model: model as 'none' | 'spm' | 'glover' | 'fir',
    derivative: more.includes('derivative'),
    dispersion: more.includes('dispersion'),
  };
  const conditions = kinds.map(
    (kind): HandoffCondition => ({
      name: kind,
      columns: design.names.filter(
        (own) => own === kind || own === `${kind}_derivative` || own === `${kind}_dispersion`,
      ),
      response,
      events: events.filter(({ trialType }) => trialType === kind),
    }),
  );
  const ofConditions = conditions.flatMap(({ columns }) => columns);
  return {
    name,
    group: name.replace(/_run-\d+/, ''),
    bold: `${name}/bold.nii.gz`,
    mask: `${name}/mask.nii.gz`,
    shape: [5, 4, 3],
    volumes,
    repetitionTime,
    sliceTimeRef,
    design,
    roles: design.names.map((own) => {
      if (ofConditions.includes(own)) return 'condition';
      if (own === 'constant') return 'constant';
      return /^drift_/.test(own) ? 'drift' : 'confound';
    }),
    conditions,
    drift,
    contrasts: {
      t: changes.contrasts ?? [...kinds.map((kind) => contrastOf(kind, { [kind]: 1 }))],
      f: changes.f ?? [],
    },
    hemodynamics: null,
    values: {
      units: 6,
      lowestMean: 9950,
      notPositive: 0,
      leftOut: { constant: 0, notFinite: 0 },
      ...changes.values,
    },
  };
}

export const contrastOf = (name: string, weights: Readonly<Record<string, number>>): Contrast => ({
  name,
  weights: new Map(Object.entries(weights)),
});

export const makeStudy = (
  runs: readonly HandoffRun[],
  more: Partial<Omit<HandoffStudy, 'runs'>> = {},
): HandoffStudy => ({ runs, design: 'exact', volumes: 'prompt', noise: 'white', ...more });

/** The text of a file among those that a tool wrote. */
export function textOf(files: readonly HandoffFile[], path: string): string {
  const file = files.find((own) => own.path === path);
  if (!file || !('text' in file))
    throw new Error(`no text ${path} among ${files.map((f) => f.path).join(', ')}`);
  return file.text;
}
