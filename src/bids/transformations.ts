import { DesignError } from '../core/errors.js';
import type { Event } from '../core/event.js';
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
    return { numbers: [...variable.values], put, onsets: null };
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
  const onsets = events.map(({ onset }) => onset).join(' ');
  return { numbers: events.map(amplitude), put, onsets };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** Less the mean, over the sd (n - 1, as pandas). */
function scaled(values: readonly number[], demean: boolean, rescale: boolean, of: string) {
  const centre = mean(values);
  const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1));
  if (rescale && !(sd > 0)) refuse(`Scale of '${of}', which never changes`, 'values that differ');
  return values.map((v) => (demean ? v - centre : v) / (rescale ? sd : 1));
}

const QUERY = /^\s*([\w.]+)\s*(==|!=)\s*(?:'([^']*)'|"([^"]*)")\s*$/;

function filtered(variables: Variables, inputs: readonly string[], query: string): Variables {
  const [, name, sign, single, double] = QUERY.exec(query) ?? [];
  const by = variables.get(name ?? '');
  if (by?.kind !== 'labels' || !inputs.every((input) => variables.get(input)?.kind === 'labels')) {
    refuse(`Filter by ${query}`, "one comparison of event names, such as trial_type != 'rest'");
  }
  const keep = by.labels.map((label) => (label === (single ?? double)) === (sign === '=='));
  const next = new Map(variables);
  for (const input of inputs) {
    const own = variables.get(input);
    if (own?.kind !== 'labels' || own.events.length !== keep.length) continue;
    const events = own.events.filter((_, i) => keep[i]);
    next.set(input, { kind: 'labels', events, labels: own.labels.filter((_, i) => keep[i]) });
  }
  return next;
}

function factored(variables: Variables, input: string): Variables {
  const own = variables.get(input)!;
  if (own.kind !== 'labels')
    refuse(`Factor of '${input}'`, 'a variable of names: trial_type, prompt');
  const next = new Map(variables);
  next.delete(input);
  for (const level of [...new Set(own.labels)].sort()) {
    const events = own.events.filter((_, i) => own.labels[i] === level);
    next.set(`${input}.${level}`, { kind: 'events', events });
  }
  return next;
}

function assigned(variables: Variables, step: Extract<Instruction, { Name: 'Assign' }>): Variables {
  const next = new Map(variables);
  step.Input.forEach((input, i) => {
    const target = step.Target[i] ?? '';
    const [from, to] = [variables.get(input), variables.get(target)];
    if (from?.kind !== 'events' || to?.kind !== 'events' || from.events.length !== to.events.length)
      refuse(`Assign of '${input}' to '${target}'`, 'two event variables with as many events each');
    const events = to.events.map((event, e) => {
      const source = from.events[e];
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
  if (parts.some((p) => p.onsets !== first.onsets || p.numbers.length !== first.numbers.length))
    refuse(`Product of ${inputs.join(', ')}`, 'confounds only, or events of the same onsets only');
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

/**
 * Variables after a model's instructions, one after the other, by the names and meanings of
 * pybids-transforms-v1; inputs may be patterns. A pattern that fits nothing changes nothing.
 * @throws DesignError `design/transformation`, naming the step.
 */
export function transformed(variables: Variables, instructions: readonly Instruction[]): Variables {
  return instructions.reduce(apply, variables);
}
