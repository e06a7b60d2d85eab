import { DesignError } from '../core/errors.js';

/** One row of named values. */
export type QueryRow = (name: string) => string | number;

type Scalar = string | number;
type Value = Scalar | readonly Scalar[];
type Operand = (row: QueryRow) => Value;
type Condition = (row: QueryRow) => boolean;

export interface Query {
  /** The variables it asks for, each once. */
  readonly names: readonly string[];
  readonly keeps: Condition;
}

const TOKEN =
  /\s*(?:'([^']*)'|"([^"]*)"|`([^`]+)`|(-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(==|!=|<=|>=|[<>()[\],&|~])|([A-Za-z_][\w.]*))/y;

type Token =
  | { readonly kind: 'value'; readonly value: Scalar }
  | { readonly kind: 'name' | 'sign'; readonly text: string };

const WORDS: Readonly<Record<string, string>> = { and: '&', or: '|', not: '~', in: 'in' };

function refuse(query: string, given: string): never {
  throw new DesignError('transformation', {
    given: `Filter by ${query}: ${given}`,
    expected:
      "comparisons (==, !=, <, <=, >, >=, in, not in) of variables with 'names' and numbers, with and, or, not",
    todo: 'Correct the query.',
  });
}

function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const text = query.trimEnd();
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found) refuse(query, `'${text.slice(at).trim()}' is not understood`);
    const [, single, double, quoted, number, sign, word] = found;
    const string = single ?? double;
    const known = sign ?? (word !== undefined && Object.hasOwn(WORDS, word) ? WORDS[word] : null);
    if (string !== undefined) tokens.push({ kind: 'value', value: string });
    else if (number !== undefined) tokens.push({ kind: 'value', value: Number(number) });
    else if (known) tokens.push({ kind: 'sign', text: known });
    else tokens.push({ kind: 'name', text: quoted ?? word });
  }
  return tokens;
}

function compare(query: string, sign: string, left: Value, right: Value): boolean {
  if (Array.isArray(left)) return refuse(query, 'a list before a comparison');
  const list = Array.isArray(right) ? (right as readonly Scalar[]) : [right as Scalar];
  const own = left as Scalar;
  const other = list.find((value) => typeof value !== typeof own);
  if (other !== undefined) refuse(query, `'${own}' compared with '${other}'`);
  if (sign === '==' || sign === 'in') return list.includes(own);
  if (sign === '!=' || sign === 'not in') return !list.includes(own);
  if (Array.isArray(right)) return refuse(query, `a list after ${sign}`);
  if (sign === '<') return own < list[0];
  if (sign === '<=') return own <= list[0];
  if (sign === '>') return own > list[0];
  return own >= list[0];
}

const SIGNS = ['==', '!=', '<', '<=', '>', '>=', 'in'];

/**
 * A query as pandas' DataFrame.query reads it: comparisons of variables with names and numbers, chained
 * (`0.2 < rt <= 1`), joined by and (&), or (|), not (~) and parentheses.
 * Source: pandas.DataFrame.query, which pybids' Filter calls.
 * @throws DesignError `design/transformation`; where it is applied too, for a name compared with a number
 */
export function parseQuery(query: string): Query {
  const tokens = tokensOf(query);
  const names = new Set<string>();
  let next = 0;
  const take = (text: string) => {
    const token = tokens[next];
    if (token?.kind !== 'sign' || token.text !== text) return false;
    next += 1;
    return true;
  };
  const need = (text: string) => {
    if (!take(text)) refuse(query, `'${text}' is missing`);
  };
  const list = (end: string): Operand => {
    const values: Scalar[] = [];
    while (!take(end)) {
      const token = tokens[next++];
      if (token?.kind !== 'value') return refuse(query, `'${end}' is missing`);
      values.push(token.value);
      if (!take(',')) {
        need(end);
        break;
      }
    }
    return () => values;
  };
  const operand = (): Operand => {
    if (take('[')) return list(']');
    const token = tokens[next++];
    if (token?.kind === 'value') return () => token.value;
    if (token?.kind !== 'name') return refuse(query, 'a variable, a name or a number is missing');
    names.add(token.text);
    return (row) => row(token.text);
  };
  const signHere = () => {
    if (take('~')) {
      need('in');
      return 'not in';
    }
    return SIGNS.find((text) => take(text));
  };
  const comparison = (): Condition => {
    if (take('~')) {
      const own = comparison();
      return (row) => !own(row);
    }
    if (take('(')) {
      const own = either();
      need(')');
      return own;
    }
    const parts: Condition[] = [];
    let left = operand();
    for (let sign = signHere(); sign !== undefined; sign = signHere()) {
      const [first, by] = [left, sign];
      const right = by.endsWith('in') && take('(') ? list(')') : operand();
      parts.push((row) => compare(query, by, first(row), right(row)));
      left = right;
    }
    if (parts.length === 0) refuse(query, 'a comparison is missing');
    return (row) => parts.every((part) => part(row));
  };
  const joined = (sign: string, of: () => Condition): Condition => {
    const parts = [of()];
    while (take(sign)) parts.push(of());
    return sign === '&'
      ? (row) => parts.every((part) => part(row))
      : (row) => parts.some((part) => part(row));
  };
  const either = (): Condition => joined('|', () => joined('&', comparison));
  const keeps = either();
  if (next < tokens.length) refuse(query, 'more follows than one condition');
  return { names: [...names], keeps };
}
