import { join } from 'node:path';
import { describeDerivative } from '../bids/describe-derivative.js';
import type { Progress } from '../core/progress.js';
import { writeTable } from '../files/described-table.js';
import { stageFolder } from '../files/whole.js';
import { makeRandom } from '../math/random.js';
import { besideControls, matchedSet } from '../networks/controls.js';
import { openInputs } from './glm/inputs/open-inputs.js';
import { describeRule } from './glm/networks/network.js';
import { describeIntervention, gatesOf, type Intervention } from './lesion/intervention.js';
import { meansOf } from './lesion/means.js';
import { openGated } from './lesion/model.js';
import {
  chosenTasks,
  noUnits,
  oneSession,
  type RecordedNetworks,
  unitsOf,
} from './lesion/networks-of.js';
import { domainReader, type ReadDomains, type Scores } from './lesion/read-domains.js';
import {
  LESION_TABLE,
  type LesionRow,
  SELECTIVITY_TABLE,
  type SelectivityRow,
} from './lesion/tables.js';
import { type Domain, domainOf, readDomains } from './lesion/texts.js';
import { placesOf } from './networks/places.js';
import { type Rule, readSessions } from './networks/session.js';
import { rawDatasetOf } from './raw-dataset.js';

export interface LesionOptions extends RecordedNetworks {
  readonly out: string;
  /** Contrasts whose networks are lesioned; all by default. */
  readonly networks: readonly string[];
  /** A folder of texts, a file a domain. */
  readonly texts: string;
  readonly intervention: Intervention;
  /** Random sets for each network. */
  readonly controls: number;
  readonly seed: number;
  readonly force: boolean;
  readonly command: string;
  readonly progress: Progress;
}

export interface LesionSummary {
  readonly out: string;
  readonly intervention: Intervention;
  readonly rule: Rule;
  readonly rows: readonly LesionRow[];
  readonly selectivity: readonly SelectivityRow[];
}

/**
 * Silences, holds or scales each network's units while the model reads texts of every domain, beside
 * random sets of as many units of every module. The folder appears when it is whole.
 * @throws DataError `data/no-network`, `data/which-session`; ModelError as openGated; FileError
 * `file/no-texts`; and as readSessions
 */
export async function runLesion(options: LesionOptions): Promise<LesionSummary> {
  const { dataset, maps, rule, out, force, command, progress, intervention, controls, seed } =
    options;
  const inputs = await openInputs(dataset, options);
  const session = oneSession(await readSessions(inputs, { maps, rule }), dataset);
  const chosen = chosenTasks(session, options.networks);
  const places = await placesOf(dataset, session);
  if (!places || !session.modules) throw noUnits(dataset);
  const { modules: groups } = session.modules;
  const names = new Set(
    chosen.flatMap((task) => unitsOf(task, options.direction).map((u) => places.units[u].module)),
  );
  const { subject } = session;
  const gated = await openGated(dataset, {
    subject,
    names: [...names],
    model: options.model,
    progress,
    mode: 'read',
  });
  try {
    const domains = await readDomains(options.texts, gated.loaded);
    const read = await domainReader(gated.loaded, domains);
    const means = await meansOf(dataset, session, intervention);
    const about = { places, modules: gated.modules, means };
    const change = (units: readonly number[]) => read(gatesOf([{ units, intervention }], about));
    const intact = await read(new Map());
    const total = chosen.length * (1 + controls);
    const bar = progress.start('Reading', { total, unit: 'sets' });
    const found: Lesioned[] = [];
    for (const task of chosen) {
      const random = makeRandom(seed);
      const units = unitsOf(task, options.direction);
      const observed = await differences(change, units, intact);
      bar.advance(1);
      const drawn: Changes[] = [];
      for (let c = 0; c < controls; c++) {
        const set = matchedSet(
          units,
          groups.map((group) => group.units),
          random,
        );
        drawn.push(await differences(change, set, intact));
        bar.advance(1);
      }
      found.push({ task: task.name, units: units.length, observed, controls: drawn });
    }
    bar.finish();
    const rows = found.flatMap((lesioned) => rowsOf(lesioned, domains, intact));
    const selectivity = found.flatMap((lesioned) => selectivityOf(lesioned, domains));
    return await stageFolder(out, { force }, async (root) => {
      const raw = rawDatasetOf(inputs, { out, dataset });
      const readme = 'lesion/README.md';
      const ignored = ['*.tsv', '*.json'];
      await describeDerivative(root, { title: 'lesions', readme, raw, command, ignored });
      const sidecar = {
        Intervention: describeIntervention(intervention),
        Units: `${describeRule(rule)}; ${options.direction}`,
        Controls: controls,
        Seed: seed,
        Model: { SHA256: gated.sha256 },
        Command: command,
      };
      await writeTable(join(root, 'lesion'), LESION_TABLE, rows, sidecar);
      await writeTable(join(root, 'selectivity'), SELECTIVITY_TABLE, selectivity, sidecar);
      return { out, intervention, rule, rows, selectivity };
    });
  } finally {
    await gated.loaded.release();
  }
}

/** Change of each text's mean log-probability a token, nats. */
type Changes = readonly Float64Array[]; // [domains][texts]

interface Lesioned {
  readonly task: string;
  readonly units: number;
  readonly observed: Changes;
  readonly controls: readonly Changes[];
}

async function differences(
  change: (units: readonly number[]) => ReturnType<ReadDomains>,
  units: readonly number[],
  intact: Scores,
): Promise<Changes> {
  const scores = await change(units);
  return scores.map((own, d) => own.map((value, t) => value - intact[d][t]));
}

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Standard error of the mean over texts. */
function standardError(values: Float64Array): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

function rowsOf(lesioned: Lesioned, domains: readonly Domain[], intact: Scores): LesionRow[] {
  const { task, units, observed, controls } = lesioned;
  return domains.map(({ name, texts }, d) => ({
    ...{ task, units, domain: name, texts: texts.length },
    tokens: texts.reduce((sum, { ids }) => sum + ids.length - 1, 0),
    isOwn: domainOf(task, domains) === d,
    intact: mean(intact[d]),
    standardError: standardError(observed[d]),
    ...besideControls(
      mean(observed[d]),
      controls.map((own) => mean(own[d])),
    ),
  }));
}

/** How much more the own domain changes than the others do; nothing for a task without texts. */
function selectivityOf(
  { task, units, observed, controls }: Lesioned,
  domains: readonly Domain[],
): SelectivityRow[] {
  const own = domainOf(task, domains);
  if (own < 0) return [];
  const others = domains.map((_, d) => d).filter((d) => d !== own);
  const of = (changes: Changes) => mean(changes[own]) - mean(others.map((d) => mean(changes[d])));
  const by = domains.map((_, d) => mean(observed[d]));
  return [
    {
      ...{ task, units, own: by[own], others: mean(others.map((d) => by[d])) },
      rank: 1 + by.filter((value) => value < by[own]).length,
      domains: domains.length,
      ...besideControls(of(observed), controls.map(of)),
    },
  ];
}
