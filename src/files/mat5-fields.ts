import type { MatStruct, MatValue } from './mat5.js';

/** The one element of a struct; null for what is none. */
export function structOf(value: MatValue | undefined): MatStruct | null {
  return value?.kind === 'struct' && value.elements.length === 1 ? value.elements[0] : null;
}

/** The value at the end of a path of one-element structs: `xX.erdf`. */
export function fieldAt(from: MatStruct, path: string): MatValue | undefined {
  const [name, ...rest] = path.split('.');
  const value = from.get(name);
  const inner = rest.length > 0 ? structOf(value) : null;
  return rest.length === 0 ? value : inner ? fieldAt(inner, rest.join('.')) : undefined;
}

/** The first row of a text; null for what is none. */
export function textAt(from: MatStruct, path: string): string | null {
  const value = fieldAt(from, path);
  return value?.kind === 'text' ? (value.rows[0] ?? '') : null;
}

/** Numbers, column by column; none for what is no array of numbers. */
export function numbersAt(from: MatStruct, path: string): Float64Array {
  const value = fieldAt(from, path);
  return value?.kind === 'numbers' ? value.values : new Float64Array();
}
