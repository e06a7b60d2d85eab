import { fits, namedIn, transformed, type Variable } from '../../../bids/transformations.js';
import { DesignError } from '../../../core/errors.js';
import type { Event } from '../../../core/event.js';
import { selectConfounds } from '../../../glm/design/select-confounds.js';
import type { RunInput } from '../inputs/run-input.js';
import type { Specification } from '../model/specification.js';

/** A variable that events make. */
export type EventVariable = Extract<Variable, { kind: 'events' }> & { readonly name: string };

/** The events table's own variables. */
function eventVariables(events: readonly Event[]): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  const labels = (name: string, of: (event: Event) => string) =>
    variables.set(name, { kind: 'labels', events, labels: events.map(of) });
  labels('trial_type', ({ trialType }) => trialType);
  if (events.every(({ prompt }) => prompt !== undefined)) labels('prompt', (e) => e.prompt ?? '');
  if (events.some(({ modulation }) => modulation !== undefined))
    variables.set('modulation', { kind: 'events', events });
  return variables;
}

/** All variables that a specification names, transformed as it says. */
export async function variablesOf(input: RunInput, { instructions, x }: Specification) {
  const variables = eventVariables(input.events);
  const patterns = [...x, ...instructions.flatMap(namedIn)];
  for (const name of new Set(patterns)) {
    const own = variables.has(name) ? null : await input.eventColumn?.(name);
    if (own) variables.set(name, own);
  }
  const wanted = (await input.confoundNames()).filter(
    (name) => !variables.has(name) && patterns.some((pattern) => fits(name, pattern)),
  );
  for (const { name, values } of await input.confounds(wanted))
    variables.set(name, { kind: 'dense', values: Float64Array.from(values) });
  return transformed(variables, instructions);
}

/** The names that X chooses. What is not there is looked for among the confounds, which refuse it. */
export async function chosen(input: RunInput, x: readonly string[], names: readonly string[]) {
  const found: string[] = [];
  for (const pattern of x) {
    const own = names.filter((name) => fits(name, pattern));
    if (own.length === 0 && pattern.startsWith('trial_type.')) {
      if (pattern.endsWith('*')) continue;
      throw new DesignError('unknown-condition', {
        given: `${pattern}, of which ${input.source} has no event`,
        expected: `some of ${names.join(', ')}`,
        todo: 'Correct X, or take a pattern such as trial_type.*.',
      });
    }
    if (own.length === 0 && /[*?]/.test(pattern))
      selectConfounds(await input.confoundNames(), [pattern]);
    else if (own.length === 0) await input.confounds([pattern]);
    found.push(...own);
  }
  return [...new Set(found)];
}
