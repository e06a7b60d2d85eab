import type { Contrast, FContrast } from '../../core/design.js';
import { DesignError } from '../../core/errors.js';
import { nearest } from '../../math/edit-distance.js';

/** `+`, `-`, a number or fraction before `*`, all with spaces around them allowed. */
const SIGN = /^\s*([+-])\s*/;
const COEFFICIENT = /^(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)(?:\s*\/\s*(\d+(?:\.\d*)?))?\s*\*\s*/i;
const END_OF_NAME = /^(?:\s*$|\s*[+-])/;

function refuseColumn(given: string, names: readonly string[]): never {
  const near = nearest(given, names);
  throw new DesignError('unknown-column', {
    given: `no column '${given}' in the design`,
    expected: `one of ${names.join(', ')}`,
    todo: near === null ? 'Check the design.' : `Did you mean '${near}'?`,
  });
}

function refuseFormula(given: string, todo: string): never {
  throw new DesignError('contrast-formula', {
    given,
    expected: "a formula such as 'law - cooking', 'mean = 0.5*law + 0.5*cooking'",
    todo,
  });
}

/** The longest column name that a text begins with, ended by a sign or the text's end. */
function leadingName(text: string, names: readonly string[]): string {
  const fitting = names.filter(
    (name) => text.startsWith(name) && END_OF_NAME.test(text.slice(name.length)),
  );
  const longest = fitting.sort((a, b) => b.length - a.length)[0];
  return longest ?? refuseColumn(text.split(/\s+[+-]\s/)[0], names);
}

/** Refuses a contrast of columns the design lacks, or of nothing. */
export function checkContrast({ name, weights }: Contrast, names: readonly string[]): void {
  for (const column of weights.keys()) if (!names.includes(column)) refuseColumn(column, names);
  if ([...weights.values()].every((weight) => weight === 0)) {
    throw new DesignError('empty-contrast', {
      given: `contrast '${name}', whose weights are all 0`,
      expected: 'at least one column with a weight',
      todo: 'Check that the formula does not take a column from itself.',
    });
  }
}

/**
 * A contrast from a formula over the design's column names: `law`, `law - cooking`,
 * `0.5*law + 1/2*cooking - maths`, `name = formula`. Names may hold spaces and signs: the longest
 * column name that fits is taken, and a text that is a column's name is that column, whatever it holds.
 * Without `name =` the contrast is called as its formula.
 * @throws DesignError `unknown-column` (with the nearest name), `contrast-formula`, `empty-contrast`.
 */
export function parseContrast(text: string, names: readonly string[]): Contrast {
  if (names.includes(text)) return { name: text, weights: new Map([[text, 1]]) };
  const [, ownName, formula] = /^(?:([^=]*)=)?(.*)$/s.exec(text.trim()) ?? [];
  const name = (ownName ?? formula).trim();
  let rest = formula.trim();
  if (name === '' || rest === '')
    refuseFormula(`contrast '${text}'`, 'Give it a name and columns.');
  const weights = new Map<string, number>();
  for (let first = true; rest !== ''; first = false) {
    const sign = SIGN.exec(rest);
    if (!sign && !first) refuseFormula(`'${rest}' in contrast '${text}'`, 'Join terms by + or -.');
    rest = rest.slice(sign?.[0].length ?? 0);
    const factor = COEFFICIENT.exec(rest);
    rest = rest.slice(factor?.[0].length ?? 0);
    if (rest === '') refuseFormula(`contrast '${text}'`, 'Give a column after its last sign.');
    const column = leadingName(rest, names);
    rest = rest.slice(column.length).trim();
    const size = factor ? Number(factor[1]) / Number(factor[2] ?? 1) : 1;
    if (!Number.isFinite(size))
      refuseFormula(`a weight of ${factor?.[0]}`, 'Give a finite weight.');
    const weight = sign?.[1] === '-' ? -size : size;
    weights.set(column, (weights.get(column) ?? 0) + weight);
  }
  const contrast = { name, weights };
  checkContrast(contrast, names);
  return contrast;
}

/**
 * An F test of several formulas at once. They are checked for dependence on each other when the test is
 * made (fContrastMaps).
 * @throws DesignError `unknown-column`, `contrast-formula`, `empty-contrast`, and `empty-f-contrast`
 *   where there is no formula or no name.
 */
export function parseFContrast(
  test: { readonly name: string; readonly formulas: readonly string[] },
  names: readonly string[],
): FContrast {
  const { name, formulas } = test;
  if (name.trim() === '' || formulas.length === 0) {
    throw new DesignError('empty-f-contrast', {
      given: `the F test '${name}' of ${formulas.length} formulas`,
      expected: 'a name and one formula or more',
      todo: 'Name the test, and give each contrast it is of.',
    });
  }
  return { name, rows: formulas.map((formula) => parseContrast(formula, names)) };
}
