import type { Contrast } from '../../core/design.js';
import type { HandoffStudy } from '../../core/handoff.js';
import { groupsOf } from '../weights.js';
import { type SpmSession, sessionOf, weightsIn } from './session.js';

/** What SPM fits at once: a run, or the runs of a group as sessions. Its folder has its name. */
export interface SpmModel {
  readonly name: string;
  readonly sessions: readonly SpmSession[]; // one or more
}

/** A test over all columns of a model: its sessions' one after the other, then their constants. */
export interface SpmContrast {
  readonly name: string;
  readonly test: 't' | 'F';
  /** From 1, where it is of one session among several. */
  readonly session?: number;
  readonly rows: readonly (readonly number[])[]; // [rows, columns]; one row for t
}

/** Every run by itself, then the groups of two runs or more. */
export function modelsOf({ runs, design }: HandoffStudy): SpmModel[] {
  const single = runs.map((run) => ({ name: run.name, sessions: [sessionOf(run, design)] }));
  const joint = [...groupsOf(runs)].flatMap(([name, own]) =>
    own.length > 1 ? [{ name, sessions: own.map((run) => sessionOf(run, design)) }] : [],
  );
  return [...single, ...joint];
}

/** A test in one session. */
interface Part {
  readonly session: number;
  readonly rows: readonly Contrast[];
}

function partsOf({ sessions }: SpmModel, test: 't' | 'F'): ReadonlyMap<string, readonly Part[]> {
  const parts = new Map<string, Part[]>();
  for (const [session, { run }] of sessions.entries()) {
    const { t, f } = run.contrasts;
    const all = test === 't' ? t.map((own) => ({ name: own.name, rows: [own] })) : f;
    for (const { name, rows } of all)
      parts.set(name, [...(parts.get(name) ?? []), { session, rows }]);
  }
  return parts;
}

/** Rows over the whole model; several sessions' are averaged. */
function rowsOf({ sessions }: SpmModel, parts: readonly Part[]): number[][] {
  const widths = sessions.map(({ width }) => width);
  const columns = widths.reduce((sum, width) => sum + width, 0);
  return parts[0].rows.map((_, r) => {
    const whole = new Array<number>(columns + sessions.length).fill(0); // [columns, constants]
    for (const { session, rows } of parts) {
      const from = widths.slice(0, session).reduce((sum, width) => sum + width, 0);
      weightsIn(sessions[session], rows[r]).forEach((weight, j) => {
        const at = j < widths[session] ? from + j : columns + session;
        whole[at] += weight / parts.length;
      });
    }
    return whole;
  });
}

/**
 * The tests of a model: t, then F. Of several sessions each test is of their mean, followed by that of
 * each session, named as SPM names it.
 */
export function contrastsOf(model: SpmModel): SpmContrast[] {
  return (['t', 'F'] as const).flatMap((test) =>
    [...partsOf(model, test)].flatMap(([name, parts]) => {
      const ofEach = model.sessions.length === 1 ? [] : parts;
      return [
        { name, test, rows: rowsOf(model, parts) },
        ...ofEach.map((part) => ({
          name: `${name} - Session ${part.session + 1}`,
          test,
          session: part.session + 1,
          rows: rowsOf(model, [part]),
        })),
      ];
    }),
  );
}
