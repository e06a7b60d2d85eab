import { fits } from '../../../bids/transformations.js';
import type { Contrast, FContrast } from '../../../core/design.js';
import { DesignError } from '../../../core/errors.js';
import { parseContrast, parseFContrast } from '../../../glm/contrast/contrast.js';
import type { Specification } from '../model/specification.js';
import type { RunDesign } from './run-design.js';

/** What is tested in a design. */
export interface Contrasts {
  readonly t: readonly Contrast[];
  readonly f: readonly FContrast[];
}

/** `name = a; b` in its parts. */
export function splitTest(text: string): { name: string; formulas: string[] } {
  const [, name = '', formulas = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const parts = formulas.split(';').map((part) => part.trim());
  if (name.trim() !== '' && parts.every((part) => part !== ''))
    return { name: name.trim(), formulas: parts };
  throw new DesignError('f-contrast', {
    given: `the F contrast '${text}'`,
    expected: "a name and formulas, such as 'any = law; cooking'",
    todo: 'Correct --f-contrast.',
  });
}

/**
 * A variable as a weighted sum of design columns: its own; where the response is `fir`, the mean of its
 * delays; a column by its own name (`trial_type.law_derivative`); the intercept.
 */
function columnsOf(variable: string | 1, { columnsOf, hrf }: RunDesign): Map<string, number> {
  if (variable === 1) return new Map([['constant', 1]]);
  const own = columnsOf.get(variable);
  if (!own) return new Map([[variable.replace(/^trial_type\./, ''), 1]]);
  const counted = hrf === 'fir' ? own : own.slice(0, 1);
  return new Map(counted.map((name) => [name, 1 / counted.length]));
}

function weighted(
  name: string,
  conditions: readonly (string | 1)[],
  weights: readonly number[],
  design: RunDesign,
): Contrast {
  const sum = new Map<string, number>();
  conditions.forEach((condition, i) => {
    for (const [column, part] of columnsOf(condition, design))
      sum.set(column, (sum.get(column) ?? 0) + weights[i] * part);
  });
  return { name, weights: sum };
}

/** The contrasts of one run's design, or of several runs' joined one, whose columns are `names`. */
export function contrastsOf(
  specification: Specification,
  design: RunDesign,
  names: readonly string[] = design.design.names,
): Contrasts {
  const { dummies, formulas, fFormulas, listed } = specification;
  const ofDummies = dummies.flatMap((pattern) => {
    if (pattern === 1) return [weighted('intercept', [1], [1], design)];
    const own = [...design.columnsOf.keys()].filter((name) => fits(name, pattern)).sort();
    return own.map((name) => weighted(name.replace(/^trial_type\./, ''), [name], [1], design));
  });
  const listedT = listed.flatMap((contrast) =>
    contrast.Test === 't'
      ? [weighted(contrast.Name, contrast.ConditionList, contrast.Weights, design)]
      : [],
  );
  const listedF = listed.flatMap((contrast) => {
    if (contrast.Test === 't') return [];
    const rows = contrast.Weights.map((row, i) =>
      weighted(`row ${i + 1}`, contrast.ConditionList, row, design),
    );
    return [{ name: contrast.Name, rows }];
  });
  const t = [...ofDummies, ...formulas.map((text) => parseContrast(text, names)), ...listedT];
  const f = [...fFormulas.map((text) => parseFContrast(splitTest(text), names)), ...listedF];
  const all = [...t, ...f].map(({ name }) => name);
  const twice = all.find((name, i) => all.indexOf(name) !== i);
  if (twice === undefined) return { t, f };
  throw new DesignError('contrast-twice', {
    given: `two contrasts named '${twice}'`,
    expected: 'a name of its own for each, t and F',
    todo: 'Rename one.',
  });
}
