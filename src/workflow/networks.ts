import { join, relative, resolve } from 'node:path';
import { describeDerivative } from '../bids/describe-derivative.js';
import { type TableKind, writeTable } from '../files/described-table.js';
import { stageFolder, writeJson } from '../files/whole.js';
import { NETWORK_COLUMNS } from './columns.js';
import { openInputs } from './glm/inputs/open-inputs.js';
import type { Selection } from './glm/inputs/run-input.js';
import { describeRule } from './glm/networks/network.js';
import {
  IDENTIFICATION_TABLE,
  type IdentificationRow,
  identification,
  VERDICTS_TABLE,
  type VerdictRow,
} from './networks/identify.js';
import { writeImages } from './networks/images.js';
import {
  OVERLAP_PARTS_TABLE,
  OVERLAP_TABLE,
  type OverlapRow,
  overlapParts,
  overlapRows,
} from './networks/overlaps.js';
import { placesOf } from './networks/places.js';
import { PROFILE_TABLE, profileRows } from './networks/profile.js';
import { REPEATS_TABLE, type RepeatRow, repeatRows } from './networks/repeats.js';
import { RESPONSIVE_TABLE, responsiveRows } from './networks/responsive.js';
import { type Rule, readSessions, type SessionMaps } from './networks/session.js';
import { rawDatasetOf } from './raw-dataset.js';

export interface NetworksOptions extends Selection {
  /** A BIDS dataset, or a recordings folder. */
  readonly dataset: string;
  readonly out: string;
  /** The folder of statistical maps: of boldbridge glm, or collected from another tool. */
  readonly maps: string;
  readonly rule: Rule;
  /** Shuffles of the names of held-out runs. */
  readonly permutations: number;
  readonly seed: number;
  /** Units listed of each network. */
  readonly top: number;
  readonly force: boolean;
  readonly command: string;
}

/** One task's network, in numbers. */
export interface NetworkRow {
  readonly subject: string;
  readonly session: string | null;
  readonly task: string;
  readonly units: number;
  readonly active: number;
  readonly positive: number;
  readonly threshold: number | null;
  readonly runs: number;
}

export interface NetworksSummary {
  readonly out: string;
  readonly rule: Rule;
  readonly networks: readonly NetworkRow[];
  readonly overlaps: readonly OverlapRow[];
  /** Over all units; parts are in the table. */
  readonly repeatability: readonly RepeatRow[];
  readonly identification: readonly IdentificationRow[];
  readonly verdicts: readonly VerdictRow[];
}

/**
 * What a dataset's maps say of its tasks' networks: how they overlap, repeat, identify their tasks, and
 * where they lie. The folder appears when it is whole.
 * @throws FileError `file/no-statmaps`, `file/map-grid`; DataError `data/no-maps`; OutputError; and as
 * openInputs
 */
export async function runNetworks(options: NetworksOptions): Promise<NetworksSummary> {
  const { dataset, out, maps, rule, force, command, permutations, seed, top } = options;
  const inputs = await openInputs(dataset, options);
  const sessions = await readSessions(inputs, { maps, rule });
  return stageFolder(out, { force }, async (root) => {
    const raw = rawDatasetOf(inputs, { out, dataset });
    const readme = 'networks/README.md';
    await describeDerivative(root, { title: 'networks', readme, raw, command, ignored: IGNORED });
    const about = {
      Threshold: describeRule(rule),
      Maps: relative(resolve(out), resolve(maps)) || '.',
      Command: command,
    };
    const write = <Row>(name: string, kind: TableKind<Row>, rows: readonly Row[], more = {}) =>
      writeTable(join(root, name), kind, rows, { ...about, ...more });
    const repeats = repeatRows(sessions, rule);
    const found = identification(sessions, { rule, permutations, seed });
    const summary: NetworksSummary = {
      out,
      rule,
      networks: sessions.flatMap(networkRows),
      overlaps: sessions.flatMap(overlapRows),
      repeatability: repeats.filter(({ level }) => level === 'all'),
      identification: found.rows,
      verdicts: found.verdicts,
    };
    await write('networks', NETWORKS_TABLE, summary.networks);
    await write('overlap', OVERLAP_TABLE, summary.overlaps);
    await write('overlap-parts', OVERLAP_PARTS_TABLE, sessions.flatMap(overlapParts));
    await write('repeatability', REPEATS_TABLE, repeats);
    const shuffled = { Permutations: permutations, Seed: seed };
    await write('identification', IDENTIFICATION_TABLE, found.rows, shuffled);
    await write('verdicts', VERDICTS_TABLE, found.verdicts);
    for (const session of sessions) await writeImages(root, session, about);
    const places = await Promise.all(sessions.map((session) => placesOf(dataset, session)));
    const profiles = sessions.flatMap((session, s) => profileRows(session, places[s]));
    await write('profile', PROFILE_TABLE, profiles);
    const responsive = sessions.map((session, s) =>
      responsiveRows(dataset, session, { places: places[s], top }),
    );
    await write('responsive-units', RESPONSIVE_TABLE, (await Promise.all(responsive)).flat());
    const { out: _, ...numbers } = summary;
    await writeJson(join(root, 'summary.json'), numbers);
    return summary;
  });
}

// Tables of this program, beside the images.
const IGNORED = ['*.tsv', '*.json', '*_desc-network_mask.*'];

function networkRows({ subject, session, tasks, grid }: SessionMaps): NetworkRow[] {
  return tasks.map(({ name, network, whole, runs }) => ({
    ...{ subject, session, task: name, units: grid.voxelOfUnit.length },
    active: network.count,
    positive: network.active.reduce((sum, on, u) => sum + (on && whole.z[u] > 0 ? 1 : 0), 0),
    threshold: Number.isFinite(network.threshold) ? network.threshold : null,
    runs: runs.length,
  }));
}

const NETWORKS_TABLE: TableKind<NetworkRow> = {
  description: "Each task's network: the units its contrast's threshold chose, two-sided",
  columns: [
    ...NETWORK_COLUMNS,
    { name: 'units', description: 'Units tested', of: (row) => row.units },
    { name: 'active', description: 'Units in the network', of: (row) => row.active },
    {
      name: 'positive',
      description: 'Of these more active than at rest',
      of: (row) => row.positive,
    },
    { name: 'z_threshold', description: '|z| an active unit reaches', of: (row) => row.threshold },
    { name: 'runs', description: 'Runs with maps of their own', of: (row) => row.runs },
  ],
};
