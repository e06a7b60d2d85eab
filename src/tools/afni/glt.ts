import type { Contrast } from '../../core/design.js';
import type { HandoffRun } from '../../core/handoff.js';
import { labels, type Stimulus } from './regressors.js';

/** A general linear test. */
export interface Glt {
  readonly label: string;
  /** What stands behind -gltsym. */
  readonly symbols: string;
}

/** A number without an exponent: -gltsym reads none. */
const plain = (value: number) => value.toFixed(10).replace(/\.?0+$/, '');

/** `+1*law -0.5*cooking`; `law[0]` where a stimulus has several columns. Each name stands once. */
function terms({ weights }: Contrast, stimuli: readonly Stimulus[]): string {
  return stimuli
    .flatMap(({ label, columns }) =>
      columns.flatMap((column, k) => {
        const weight = weights.get(column) ?? 0;
        if (weight === 0) return [];
        const name = columns.length > 1 ? `${label}[${k}]` : label;
        return [`${weight < 0 ? '-' : '+'}${plain(Math.abs(weight))}*${name}`];
      }),
    )
    .join(' ');
}

/**
 * Labels of t and F tests, none a stimulus's: 3dREMLfit names the sub-bricks of a stimulus and of a test
 * alike.
 */
export function gltLabels(
  { contrasts }: Pick<HandoffRun, 'contrasts'>,
  stimuli: readonly Stimulus[],
) {
  const t = contrasts.t.map(({ name }) => `t_${name}`);
  const f = contrasts.f.map(({ name }) => `F_${name}`);
  const taken = stimuli.map(({ label }) => label);
  const own = labels([...taken, ...t, ...f]).slice(taken.length);
  return { t: own.slice(0, t.length), f: own.slice(t.length) };
}

/** The tests of an analysis, t before F; an F test has a row each contrast. */
export function gltsOf(
  { contrasts }: Pick<HandoffRun, 'contrasts'>,
  stimuli: readonly Stimulus[],
): Glt[] {
  const shown = gltLabels({ contrasts }, stimuli);
  return [
    ...contrasts.t.map((contrast, k) => ({
      label: shown.t[k],
      symbols: `SYM: ${terms(contrast, stimuli)}`,
    })),
    ...contrasts.f.map(({ rows }, k) => ({
      label: shown.f[k],
      symbols: `SYM: ${rows.map((row) => terms(row, stimuli)).join(' | ')}`,
    })),
  ];
}
