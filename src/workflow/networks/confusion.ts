import type { Method } from '../../networks/identification.js';
import type { VerdictRow } from './identify.js';

/** Rows: the true task; columns: how often it was named each of them. */
export function confusion(verdicts: readonly VerdictRow[], method: Method) {
  const own = verdicts.filter((verdict) => verdict.method === method);
  const names = [...new Set(own.flatMap(({ networks }) => networks))];
  const counts = names.map((label) =>
    names.map((named) => own.filter((v) => v.label === label && v.predicted === named).length),
  ); // [true][named]
  return { names, counts };
}
