import type { ModelContrast } from '../../../bids/stats-model.js';
import type { Contrasts } from './contrasts.js';
import type { RunDesign } from './run-design.js';

/** Formulas as a Stats Model lists them, with variables for columns. */
export function listedContrasts({ t, f }: Contrasts, design: RunDesign): ModelContrast[] {
  const variableOf = new Map<string, string | 1>([['constant', 1]]);
  for (const [variable, columns] of design.columnsOf)
    for (const column of columns)
      variableOf.set(
        column,
        columns.length > 1 || column !== variable ? nameOf(variable, column) : variable,
      );
  const variable = (column: string) => variableOf.get(column) ?? column;
  const ofT = t.map(
    ({ name, weights }): ModelContrast => ({
      Name: name,
      ConditionList: [...weights.keys()].map(variable),
      Weights: [...weights.values()],
      Test: 't',
    }),
  );
  const ofF = f.map(({ name, rows }): ModelContrast => {
    const columns = [...new Set(rows.flatMap((row) => [...row.weights.keys()]))];
    return {
      Name: name,
      ConditionList: columns.map(variable),
      Weights: rows.map((row) => columns.map((column) => row.weights.get(column) ?? 0)),
      Test: 'F',
    };
  });
  return [...ofT, ...ofF];
}

const nameOf = (variable: string, column: string) =>
  variable.startsWith('trial_type.') ? `trial_type.${column}` : column;
