import { DesignError } from '../../core/errors.js';
import { nearest } from '../../math/edit-distance.js';
import type { FoundTest } from '../../tools/read/found.js';
import { requireLabel } from '../glm/outputs/place.js';
import type { Result } from './find.js';

/** How contrasts are chosen and called. */
export interface Naming {
  /** Only these, by the tool's name or the new one; all where there is none. */
  readonly contrasts: readonly string[];
  /** New names by the tool's. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** A test that is collected, under its final name. */
export interface NamedTest {
  readonly result: Result;
  readonly test: FoundTest;
  readonly contrast: string;
}

/**
 * The tests that are wanted. Results of a handoff get its contrasts' names, else names are kept exactly;
 * what is a part of another test, or was not handed over, is left out unless it is asked for.
 * @throws DesignError `design/contrast-label` for a name that BIDS allows in no file name;
 * `design/unknown-contrast` for one that is asked for and is not there
 */
export function namedTests(
  results: readonly Result[],
  { contrasts, renamed }: Naming,
): { readonly tests: readonly NamedTest[]; readonly leftOut: readonly string[] } {
  const all = results.flatMap((result) =>
    result.tests.map((test) => {
      const known = nameHandedOver(test, result);
      return { result, test, known, contrast: renamed.get(test.name) ?? known ?? test.name };
    }),
  );
  const names = all.map(({ test }) => test.name);
  for (const name of [...contrasts, ...renamed.keys()]) {
    if (all.some(({ test, contrast }) => test.name === name || contrast === name)) continue;
    throw new DesignError('unknown-contrast', {
      given: `the contrast '${name}'`,
      expected: `one of ${[...new Set(names)].join(', ')}`,
      todo: `Did you mean '${nearest(name, names)}'?`,
    });
  }
  const asked = ({ test, contrast }: NamedTest) =>
    contrasts.includes(test.name) || contrasts.includes(contrast) || renamed.has(test.name);
  const why = ({ test, result, known }: (typeof all)[number]) =>
    result.handedOver
      ? known === null && 'not among the contrasts that were handed over'
      : test.partOf;
  const wanted = all.filter((own) => (contrasts.length > 0 ? asked(own) : asked(own) || !why(own)));
  for (const { contrast, test, result } of wanted) requireName(contrast, test.name, result);
  const skipped = all.filter((own) => contrasts.length === 0 && !wanted.includes(own));
  const notes = skipped.map((own) => `${own.test.name}: ${why(own)}; --rename takes it`);
  return { tests: wanted, leftOut: [...new Set(notes)] };
}

/** By its label and, for what FSL numbers, its number; null for what is none of them. */
function nameHandedOver({ name, number, statistic }: FoundTest, { handedOver, tool }: Result) {
  const row = handedOver?.find(
    (own) =>
      own.test === statistic &&
      (tool === 'FSL' && number !== undefined ? own.number === number : own.label === name),
  );
  return row?.contrast ?? null;
}

function requireName(contrast: string, given: string, { path }: Result): void {
  try {
    requireLabel(contrast);
  } catch (cause) {
    const label = contrast
      .replace(/[^0-9a-zA-Z]+(.)?/g, (_, next = '') => next.toUpperCase())
      .replace(/^$/, 'contrast1');
    throw new DesignError('contrast-label', {
      given: `the contrast name '${contrast}' in ${path}`,
      expected: 'letters, digits and + only: the name becomes part of file names',
      todo: `Rename it, for example --rename "${given}=${label}".`,
      cause,
    });
  }
}
