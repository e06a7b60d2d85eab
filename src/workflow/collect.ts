import { join, relative, resolve, sep } from 'node:path';
import { describeDerivative } from '../bids/describe-derivative.js';
import type { Entities } from '../bids/entities.js';
import { DataError } from '../core/errors.js';
import { type TableKind, writeTable } from '../files/described-table.js';
import { stageFolder, writeJson } from '../files/whole.js';
import type { Said } from '../tools/read/plain.js';
import { findResults } from './collect/find.js';
import { type NamedTest, type Naming, namedTests } from './collect/names.js';
import { describeEntities, entitiesInPath, type Place, placeOf } from './collect/place.js';
import { signFlip } from './collect/screen.js';
import { ownMaps, requireSameSign, type Screened, screened } from './collect/screened.js';
import { writeCollected } from './collect/write.js';
import { CONTRAST_COLUMNS } from './columns.js';
import { openInputs } from './glm/inputs/open-inputs.js';
import type { RunInput, Selection } from './glm/inputs/run-input.js';
import { grouped } from './grouped.js';
import { placesOf } from './networks/places.js';
import { rawDatasetOf } from './raw-dataset.js';

export interface CollectOptions extends Selection, Naming {
  /** What the tools wrote: folders, files. */
  readonly paths: readonly string[];
  /** The BIDS dataset (or recordings folder) that they analysed. */
  readonly dataset: string;
  readonly out: string;
  /** Whose and of which run, where the path does not say. */
  readonly entities: Entities;
  /** What maps hold that do not say it themselves. */
  readonly said: Said;
  /** Takes maps that lack more than half of the mask. */
  readonly forceMask: boolean;
  readonly force: boolean;
  readonly command: string;
}

/** One test that was collected. */
export interface CollectedRow {
  readonly subject: string;
  readonly session: string | null;
  readonly task: string;
  /** Null where it is of all runs together. */
  readonly run: string | null;
  readonly contrast: string;
  readonly tool: string;
  readonly statistic: string;
  /** The median where units differ; null for a z. */
  readonly dof: number | null;
  readonly units: number;
  /** Of these the tool left out. */
  readonly missing: number;
  readonly source: string;
  readonly warnings: readonly string[];
}

export interface CollectSummary {
  readonly out: string;
  readonly rows: readonly CollectedRow[];
  /** What was passed over, and why. */
  readonly leftOut: readonly string[];
  /** What one should know of the tools' numbers. */
  readonly notes: readonly string[];
}

/**
 * Brings statistical maps of other tools home: as boldbridge glm writes its own, with a table that says
 * which unit each value is of. The folder appears when it is whole.
 * @throws FileError `file/no-results`, `file/map-grid`, `file/unknown-statistic`; DesignError
 * `design/contrast-label`, `design/unknown-contrast`; DataError `data/no-such-run`, `data/which-run`,
 * `data/twice`, `data/sign-flip`, `data/nothing-in-map`, `data/collapsed-mask`; and as openInputs
 */
export async function runCollect(options: CollectOptions): Promise<CollectSummary> {
  const { dataset, out, paths, force, command } = options;
  const found = (await Promise.all(paths.map((path) => findResults(path, options.said)))).flat();
  const inputs = await openInputs(dataset, options);
  const { tests, leftOut } = namedTests(found, options);
  const placed = tests.map((own) => ({ own, place: placeOfTest(own, options, inputs) }));
  requireOnce(placed);
  for (const { path, flipped } of found) if (flipped) throw signFlip(path, flipped);
  for (const [{ own, place }] of grouped(placed, ({ own }) => own.result.path))
    if (own.result.mean) await requireSameSign(own.result.path, own.result.mean, place.input);
  const ours = await ownMaps(join(dataset, 'derivatives', 'boldbridge-glm'));
  return stageFolder(out, { force }, async (root) => {
    const raw = rawDatasetOf(inputs, { out, dataset });
    const readme = 'collect/README.md';
    const title = "other tools' maps";
    await describeDerivative(root, { title, readme, raw, command, ignored: IGNORED });
    const rows: CollectedRow[] = [];
    for (const { own, place } of placed) {
      const how = { forceMask: options.forceMask, own: ours };
      const passed = await screened(own, place, how);
      const { entities, input } = place;
      const session = { subject: entities.sub ?? '', session: entities.ses ?? null };
      const units = (await placesOf(dataset, { ...session, grid: input.grid }))?.units ?? null;
      const sources = [sourceFrom(out, own.test.map.image.path)];
      await writeCollected(
        { root, entities, grid: input.grid, sources, command },
        { contrast: own.contrast, units, maps: passed.maps, described: describe(own, passed) },
      );
      rows.push(rowOf(own, place, passed, sources[0]));
    }
    const skipped = [...new Set([...found.flatMap((own) => own.leftOut), ...leftOut])];
    await writeTable(join(root, 'collected'), COLLECTED_TABLE, rows, { Command: command });
    const notes = [...new Set(found.flatMap((own) => own.notes ?? []))];
    const summary = { rows, leftOut: skipped, notes };
    await writeJson(join(root, 'summary.json'), summary);
    return { out, ...summary };
  });
}

// Not in BIDS yet (draft BEP041), or tables of this program.
const IGNORED = ['*_statmap.*', '*_desc-units_table.*', 'collected.*', 'summary.json'];

function placeOfTest({ result }: NamedTest, options: CollectOptions, inputs: readonly RunInput[]) {
  const { path } = result;
  const own = result.entities ?? entitiesInPath(path, options.dataset);
  const said = { ...own, ...options.entities };
  return placeOf(path, { said, isBidsName: result.entities !== undefined }, inputs);
}

/** @throws DataError `data/twice` */
function requireOnce(placed: readonly { readonly own: NamedTest; readonly place: Place }[]): void {
  const groups = grouped(placed, ({ own, place }) => [place.entities, own.contrast]);
  const twice = groups.find((group) => group.length > 1);
  if (!twice) return;
  const [{ own, place }] = twice;
  throw new DataError('twice', {
    given: `${own.contrast} of ${describeEntities(place.entities)} in ${twice.map((one) => one.own.result.path).join(' and ')}`,
    expected: 'one result of a contrast in each run',
    todo: 'Name the one that is meant instead of its folder (several may be named: results/*/reml.nii.gz); collect the other with an --out of its own.',
  });
}

/** What sidecars say of where a map comes from. */
function describe({ result, test }: NamedTest, { missing, warnings }: Screened) {
  return {
    Tool: result.tool,
    ToolName: test.name,
    ...(missing > 0 && { MissingUnits: missing }),
    ...(warnings.length > 0 && { Warnings: warnings }),
  };
}

const sourceFrom = (out: string, path: string) =>
  relative(resolve(out), resolve(path)).split(sep).join('/');

function rowOf(own: NamedTest, place: Place, passed: Screened, source: string): CollectedRow {
  const { sub = '', ses = null, task = '', run = null } = place.entities;
  const { maps, missing, warnings } = passed;
  return {
    ...{ subject: sub, session: ses, task, run, contrast: own.contrast, tool: own.result.tool },
    ...{
      statistic: maps.statistic,
      dof: maps.dof,
      units: maps.z.length,
      missing,
      source,
      warnings,
    },
  };
}

const COLLECTED_TABLE: TableKind<CollectedRow> = {
  description: 'The tests that were collected',
  columns: [
    ...CONTRAST_COLUMNS,
    { name: 'tool', description: 'Who computed it', of: (row) => row.tool },
    { name: 'statistic', description: 't, F or z', of: (row) => row.statistic },
    {
      name: 'dof',
      description: "Degrees of freedom, F's of the denominator",
      of: (row) => row.dof,
    },
    { name: 'units', description: "Units of the dataset's mask", of: (row) => row.units },
    { name: 'missing', description: 'Of these the tool left out', of: (row) => row.missing },
    { name: 'source', description: 'The map, from this folder', of: (row) => row.source },
    { name: 'warnings', description: 'What is odd about it', of: (row) => row.warnings.join('; ') },
  ],
};
