import { DesignError } from '../core/errors.js';
import type { Event } from '../core/event.js';
import { parseQuery } from './query.js';
import type { HRF_MODELS, Instruction } from './transformations-schema.js';

/** What a variable's events are convolved with. */
export interface Response {
  readonly model: (typeof HRF_MODELS)[number];
  readonly derivative: boolean;
  readonly dispersion: boolean;
  readonly firDelays?: readonly number[];
}

/** Names of events; events with an amplitude (`modulation`); or one number a volume. */
export type Variable =
  | {
      readonly kind: 'labels';
      readonly events: readonly Event[];
      readonly labels: readonly string[];
    }
  | { readonly kind: 'events'; readonly events: readonly Event[]; readonly response?: Response }
  | { readonly kind: 'dense'; readonly values: Float64Array }; // [volumes]

export type Variables = ReadonlyMap<string, Variable>;

/** Whether a name is meant by a pattern: `*` stands for any characters, `?` for one. */
export function fits(name: string, pattern: string): boolean {
  if (name === pattern) return true;
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(name);
}

function refuse(given: string, expected: string): never {
  throw new DesignError('transformation', {
    given,
    expected,
    todo: 'Correct the transformations.',
  });
}

/** Names that patterns choose, each once. */
function chosen(variables: Variables, patterns: readonly string[], step: string): string[] {
  return [
    ...new Set(
      patterns.flatMap((pattern) => {
        const found = [...variables.keys()].filter((name) => fits(name, pattern));
        const isWild = /[*?]/.test(pattern);
        if (found.length > 0 || isWild) return found;
        return refuse(`${step} of '${pattern}'`, `one of ${[...variables.keys()].join(', ')}`);
      }),
    ),
  ];
}

const amplitude = ({ modulation = 1 }: Event) => modulation;

/** A variable's numbers, and the same variable of other numbers. */
function numbersOf(variables: Variables, name: string, step: string) {
  const variable = variables.get(name)!;
  if (variable.kind === 'dense') {
    const put = (values: readonly number[]): Variable => ({
      kind: 'dense',
      values: Float64Array.from(values),
    });
    return { numbers: [...variable.values], put, times: null };
  }
  if (variable.kind === 'labels' || variable.response) {
    refuse(
      `${step} of '${name}', which has no numbers here`,
      'a variable before Convolve, after Factor',
    );
  }
  const { events } = variable;
  const put = (values: readonly number[]): Variable => ({
    kind: 'events',
    events: events.map((event, i) => ({ ...event, modulation: values[i] })),
  });
  return { numbers: events.map(amplitude), put, times: timesOf(events) };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** Less the mean, over the sd (n - 1, as pandas). */
function scaled(values: readonly number[], demean: boolean, rescale: boolean, of: string) {
  const centre = mean(values);
  const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1));
  if (rescale && !(sd > 0)) refuse(`Scale of '${of}', which never changes`, 'values that differ');
  return values.map((v) => (demean ? v - centre : v) / (rescale ? sd : 1));
}

/** What a query compares in each row: a name, or an amplitude. */
function cellsOf(variables: Variables, name: string): readonly (string | number)[] | null {
  const own = variables.get(name);
  if (own?.kind === 'labels') return own.labels;
  return own?.kind === 'events' && !own.response ? own.events.map(amplitude) : null;
}

/** When events are, to tell whether two variables have the same. */
const timesOf = (events: readonly Event[]) =>
  events.map(({ onset, duration }) => `${onset}+${duration}`).join(' ');

/** Keeps rows of the inputs, each by its own values and those of variables with the same events. */
function filtered(variables: Variables, inputs: readonly string[], query: string): Variables {
  const { names, keeps } = parseQuery(query);
  const next = new Map(variables);
  for (const input of inputs) {
    const own = variables.get(input)!;
    if (own.kind === 'dense' || (own.kind === 'events' && own.response))
      refuse(`Filter of '${input}'`, 'a variable of events, before Convolve');
    const columns = new Map(
      names.map((name) => {
        const by = variables.get(name);
        const cells = cellsOf(variables, name);
        if (!cells || !by || by.kind === 'dense' || timesOf(by.events) !== timesOf(own.events))
          refuse(
            `Filter of '${input}' by '${name}'`,
            `a variable of the same events as '${input}'`,
          );
        return [name, cells] as const;
      }),
    );
    const keep = own.events.map((_, i) => keeps((name) => columns.get(name)![i]));
    const events = own.events.filter((_, i) => keep[i]);
    next.set(
      input,
      own.kind === 'labels'
        ? { ...own, events, labels: own.labels.filter((_, i) => keep[i]) }
        : { ...own, events },
    );
  }
  return next;
}

/** A variable a name, of all the events: amplitude 0 where an event has another name. */
function factored(variables: Variables, input: string): Variables {
  const own = variables.get(input)!;
  if (own.kind !== 'labels')
    refuse(`Factor of '${input}'`, 'a variable of names: trial_type, prompt');
  const next = new Map(variables);
  next.delete(input);
  for (const level of [...new Set(own.labels)].sort()) {
    const events = own.events.map((event, i) =>
      own.labels[i] === level ? event : { ...event, modulation: 0 },
    );
    next.set(`${input}.${level}`, { kind: 'events', events });
  }
  return next;
}

/** Events of a variable of which an attribute can be read or set: names have no amplitude. */
function eventsOf(own: Variable | undefined, attribute: string): readonly Event[] | null {
  if (own?.kind === 'labels') return attribute === 'amplitude' ? null : own.events;
  return own?.kind === 'events' && !own.response ? own.events : null;
}

function assigned(variables: Variables, step: Extract<Instruction, { Name: 'Assign' }>): Variables {
  const next = new Map(variables);
  step.Input.forEach((input, i) => {
    const target = step.Target[i] ?? '';
    const to = variables.get(target);
    const from = eventsOf(variables.get(input), step.InputAttr);
    const into = eventsOf(to, step.TargetAttr);
    if (!to || to.kind === 'dense' || !from || !into || from.length !== into.length)
      refuse(`Assign of '${input}' to '${target}'`, 'two event variables with as many events each');
    const events = into.map((event, e) => {
      const source = from[e];
      const value = step.InputAttr === 'amplitude' ? amplitude(source) : source[step.InputAttr];
      return {
        ...event,
        [step.TargetAttr === 'amplitude' ? 'modulation' : step.TargetAttr]: value,
      };
    });
    next.set(step.Output?.[i] ?? target, { ...to, events });
  });
  return next;
}

function product(variables: Variables, inputs: readonly string[]): Variable {
  const parts = inputs.map((name) => numbersOf(variables, name, 'Product'));
  const [first] = parts;
  if (parts.some((p) => p.times !== first.times || p.numbers.length !== first.numbers.length))
    refuse(
      `Product of ${inputs.join(', ')}`,
      'confounds only, or variables of the same events only',
    );
  return first.put(first.numbers.map((_, i) => parts.reduce((all, p) => all * p.numbers[i], 1)));
}

function apply(variables: Variables, step: Instruction): Variables {
  const inputs = chosen(variables, step.Input, step.Name);
  if (step.Name === 'Filter') return filtered(variables, inputs, step.Query);
  if (step.Name === 'Factor') return inputs.reduce(factored, variables);
  if (step.Name === 'Assign') return assigned(variables, step);
  if (step.Name === 'Select')
    return new Map([...variables].filter(([name]) => inputs.includes(name)));
  if (step.Name === 'Rename') {
    if (inputs.length !== step.Output.length)
      refuse(`Rename of ${inputs.length} variables to ${step.Output.length}`, 'as many names');
    const nameOf = (name: string) =>
      inputs.includes(name) ? step.Output[inputs.indexOf(name)] : name;
    return new Map([...variables].map(([name, own]) => [nameOf(name), own]));
  }
  const next = new Map(variables);
  if (step.Name === 'Product') return next.set(step.Output[0], product(variables, inputs));
  if (step.Name === 'Convolve') {
    const response = {
      model: step.Model,
      derivative: step.Derivative,
      dispersion: step.Dispersion,
      ...(step.FIRDelays && { firDelays: step.FIRDelays }),
    };
    for (const name of inputs) {
      const own = variables.get(name)!;
      if (own.kind !== 'events') refuse(`Convolve of '${name}'`, 'an event variable, after Factor');
      next.set(name, { ...own, response });
    }
    return next;
  }
  const [demean, rescale] = step.Name === 'Scale' ? [step.Demean, step.Rescale] : [true, false];
  inputs.forEach((name, i) => {
    const { numbers, put } = numbersOf(variables, name, step.Name);
    next.set(step.Output?.[i] ?? name, put(scaled(numbers, demean, rescale, name)));
  });
  return next;
}

/** All variables a step names, patterns and those of a query too. */
export function namedIn(step: Instruction): readonly string[] {
  if (step.Name === 'Filter')
    return [...step.Input, ...(step.By ?? []), ...parseQuery(step.Query).names];
  return step.Name === 'Assign' ? [...step.Input, ...step.Target] : step.Input;
}

/**
 * Variables after a model's instructions, one after the other, by the names and meanings of
 * pybids-transforms-v1; inputs may be patterns. A pattern that fits nothing changes nothing.
 * @throws DesignError `design/transformation`, naming the step.
 */
export function transformed(variables: Variables, instructions: readonly Instruction[]): Variables {
  return instructions.reduce(apply, variables);
}
