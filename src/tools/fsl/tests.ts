import type { Contrast } from '../../core/design.js';
import type { HandoffRun } from '../../core/handoff.js';
import { titles } from './names.js';

/** A run's tests as FSL has them. */
export interface FslTests {
  /** t contrasts: the run's own, then the rows of F tests that are not among them. */
  readonly t: readonly Contrast[];
  /** What FSL calls each. */
  readonly labels: readonly string[]; // [t]
  /** F tests: 1 for every t contrast that it tests. */
  readonly f: readonly (readonly (0 | 1)[])[]; // [F tests][t]
}

const keyOf = ({ weights }: Contrast) =>
  JSON.stringify([...weights].filter(([, weight]) => weight !== 0).sort());

/** FSL tests t contrasts together, so each row of an F test has to be one. */
export function testsOf({ contrasts }: Pick<HandoffRun, 'contrasts'>): FslTests {
  const t = [...contrasts.t];
  const f = contrasts.f.map(({ name, rows }) =>
    rows.map((row, i) => {
      const known = t.findIndex((own) => keyOf(own) === keyOf(row));
      if (known >= 0) return known;
      return t.push({ name: `${name} row ${i + 1}`, weights: row.weights }) - 1;
    }),
  );
  return {
    t,
    labels: titles(t.map(({ name }) => name)),
    f: f.map((own) => t.map((_, k) => (own.includes(k) ? 1 : 0))),
  };
}
