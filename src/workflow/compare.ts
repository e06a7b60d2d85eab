import { join, relative, resolve } from 'node:path';
import { type Entities, formatName } from '../bids/entities.js';
import { DataError } from '../core/errors.js';
import type { Grid } from '../core/grid.js';
import { writeTable } from '../files/described-table.js';
import { stageFolder, writeText } from '../files/whole.js';
import { voxelOf } from '../image/grid.js';
import { scatterPicture } from '../report/scatter-picture.js';
import { describeEntities } from './collect/place.js';
import { gridOf, type Measured, measure } from './compare/measure.js';
import { type Pair, pairsOf } from './compare/sides.js';
import {
  COMPARE_TABLE,
  type CompareRow,
  DISAGREEMENTS_TABLE,
  type DisagreementRow,
} from './compare/tables.js';
import { openInputs } from './glm/inputs/open-inputs.js';
import type { RunInput } from './glm/inputs/run-input.js';
import { describeRule } from './glm/networks/network.js';
import { type Places, placesOf } from './networks/places.js';
import type { Rule } from './networks/session.js';

export interface CompareOptions {
  /** Two folders of statistical maps, or two maps. */
  readonly a: string;
  readonly b: string;
  /** Only these; all that both have where there is none. */
  readonly contrasts: readonly string[];
  /** The dataset whose units are compared; without one, every voxel that both measured. */
  readonly dataset: string | undefined;
  readonly mask: string | undefined;
  readonly rule: Rule;
  readonly out: string;
  readonly force: boolean;
  readonly command: string;
}

export interface CompareSummary {
  readonly out: string;
  readonly a: string;
  readonly b: string;
  readonly rule: Rule;
  readonly rows: readonly CompareRow[];
}

/**
 * Two results of the same contrasts side by side: tables, and a picture of every pair. The folder appears
 * when it is whole.
 * @throws as pairsOf, measure and openInputs; DataError `data/no-such-session`, `data/nothing-measured`
 */
export async function runCompare(options: CompareOptions): Promise<CompareSummary> {
  const { a, b, contrasts, dataset, mask, rule, out, force, command } = options;
  const pairs = await pairsOf(a, b, contrasts);
  const inputs =
    dataset === undefined ? null : await openInputs(dataset, { mask, subjects: [], tasks: [] });
  return stageFolder(out, { force }, async (root) => {
    const rows: CompareRow[] = [];
    const units: DisagreementRow[] = [];
    for (const pair of pairs) {
      const grid = inputs ? gridOfSession(pair.entities, inputs) : await gridOf(pair.a);
      const places = dataset === undefined ? null : await placesIn(dataset, pair.entities, grid);
      const measured = await measure(pair, grid, rule);
      if (measured.units.length < 2) throw nothingMeasured(pair);
      rows.push(rowOf(pair, measured));
      units.push(...disagreements(pair, { measured, grid, places }));
      const named = { ...pair.entities, contrast: pair.contrast.replace(/[^0-9a-zA-Z+]/g, '') };
      const name = formatName({ entities: named, suffix: 'scatter', extension: '.svg' });
      const title = [describeEntities(pair.entities), pair.contrast, pair.stat].join(' ').trim();
      await writeText(join(root, name), scatterPicture({ ...measured, title, names: { a, b } }));
    }
    const from = (path: string) => relative(resolve(out), resolve(path));
    const about = { A: from(a), B: from(b), Threshold: describeRule(rule), Command: command };
    await writeTable(join(root, 'compare'), COMPARE_TABLE, rows, about);
    await writeTable(join(root, 'disagreements'), DISAGREEMENTS_TABLE, units, about);
    return { out, a, b, rule, rows };
  });
}

function gridOfSession({ sub, ses }: Entities, inputs: readonly RunInput[]): Grid {
  const own = inputs.find(
    ({ entities }) =>
      (sub === undefined || entities.sub === sub) && (ses === undefined || entities.ses === ses),
  );
  if (own) return own.grid;
  throw new DataError('no-such-session', {
    given: `maps of sub-${sub}${ses === undefined ? '' : ` ses-${ses}`}`,
    expected: `maps of the dataset's subjects: ${[...new Set(inputs.map(({ entities }) => `sub-${entities.sub}`))].join(', ')}`,
    todo: 'Give the dataset that was analysed, or leave --dataset out.',
  });
}

const placesIn = (dataset: string, { sub, ses }: Entities, grid: Grid) =>
  placesOf(dataset, { subject: sub ?? '', session: ses ?? null, grid });

const namesOf = ({ entities, contrast }: Pair) => ({
  subject: entities.sub ?? null,
  session: entities.ses ?? null,
  task: entities.task ?? null,
  run: entities.run ?? null,
  contrast,
});

function rowOf(pair: Pair, measured: Measured): CompareRow {
  const { units, onlyIn, passes, correlation, slope, intercept, difference } = measured;
  const count = (wanted: (a: number, b: number) => boolean) =>
    passes ? passes[0].filter((on, u) => wanted(on, passes[1][u])).length : null;
  return {
    ...namesOf(pair),
    statistic: pair.stat,
    ...{ units: units.length, onlyInA: onlyIn[0], onlyInB: onlyIn[1] },
    ...{ correlation, slope, intercept, difference },
    passBoth: count((a, b) => a === 1 && b === 1),
    passA: count((a, b) => a === 1 && b === 0),
    passB: count((a, b) => a === 0 && b === 1),
  };
}

function disagreements(
  pair: Pair,
  own: { readonly measured: Measured; readonly grid: Grid; readonly places: Places | null },
): DisagreementRow[] {
  const { measured, grid, places } = own;
  const { passes, units, a, b } = measured;
  if (!passes) return [];
  return [...units.keys()].flatMap((i) => {
    if (passes[0][i] === passes[1][i]) return [];
    const { unit = null, module = null, index = null } = places?.units[units[i]] ?? {};
    return {
      ...namesOf(pair),
      passes: passes[0][i] ? ('A' as const) : ('B' as const),
      ...{ unit, module, index, voxel: voxelOf(grid, units[i]), a: a[i], b: b[i] },
    };
  });
}

function nothingMeasured({ a, b }: Pair): DataError {
  return new DataError('nothing-measured', {
    given: `${a} and ${b}, which have values in fewer than two units in common`,
    expected: 'maps that overlap',
    todo: 'Check that neither is empty, and that both are of one dataset.',
  });
}
