import type { TableKind } from '../../files/described-table.js';
import { frameTimesOf } from '../../glm/design/frame-times.js';
import { groupByPrompt } from '../../glm/prompts/prompts.js';
import { voxelOf } from '../../image/grid.js';
import { NETWORK_COLUMNS } from '../columns.js';
import type { RunInput } from '../glm/inputs/run-input.js';
import type { Places } from './places.js';
import { presentedIn } from './presented.js';
import type { SessionMaps, TaskMaps } from './session.js';

/** A unit that responds strongly, and what drives it most. */
export interface ResponsiveRow {
  readonly subject: string;
  readonly session: string | null;
  readonly task: string;
  readonly rank: number;
  readonly unit: number | null;
  readonly module: string | null;
  readonly index: number | null;
  readonly voxel: readonly [number, number, number];
  readonly z: number;
  /** Farthest in the direction of z first; sd of the unit over the task's volumes from its mean. */
  readonly prompts: readonly Driver[];
  readonly tokens: readonly Driver[];
}

export interface Driver {
  readonly text: string;
  readonly sd: number;
}

const DRIVERS = 3;

/** Samples of the wanted units, with what was presented. */
interface Samples {
  readonly units: readonly number[];
  readonly values: number[][]; // [units][volumes]
  readonly prompts: Map<string, { readonly text: string; readonly volumes: number[] }>;
  readonly tokens: (string | null)[]; // [volumes]
}

/** The `top` active units of every task with largest |z|; fewer where the network is smaller. */
export async function responsiveRows(
  root: string,
  session: SessionMaps,
  options: { readonly places: Places | null; readonly top: number },
): Promise<ResponsiveRow[]> {
  const rows: ResponsiveRow[] = [];
  for (const task of session.tasks) {
    const units = strongest(task, options.top);
    const inputs = session.inputs.filter(({ entities }) => entities.task === task.task);
    const samples = await sample(root, inputs, units);
    units.forEach((u, rank) => {
      const place = options.places?.units[u];
      rows.push({
        ...{ subject: session.subject, session: session.session, task: task.name },
        ...{ rank: rank + 1, z: task.whole.z[u], voxel: voxelOf(session.grid, u) },
        ...{
          unit: place?.unit ?? null,
          module: place?.module ?? null,
          index: place?.index ?? null,
        },
        ...drivers(samples, rank, Math.sign(task.whole.z[u])),
      });
    });
  }
  return rows;
}

function strongest({ network, whole }: TaskMaps, top: number): number[] {
  return Array.from(network.active.keys())
    .filter((u) => network.active[u])
    .sort((a, b) => Math.abs(whole.z[b]) - Math.abs(whole.z[a]) || a - b)
    .slice(0, top);
}

/** The runs' volumes at these units, and what was presented in each. */
async function sample(
  root: string,
  inputs: readonly RunInput[],
  units: readonly number[],
): Promise<Samples> {
  const samples: Samples = { units, values: units.map(() => []), prompts: new Map(), tokens: [] };
  if (units.length === 0) return samples;
  for (const input of inputs) {
    const { series, events, repetitionTime, entities } = input;
    const before = samples.tokens.length;
    const { texts, tokens } = await presentedIn(root, { entities, volumes: series.volumes });
    for await (const { volumes, values } of series.blocks()) {
      for (let v = 0; v < volumes; v++) {
        for (const [i, u] of units.entries()) samples.values[i].push(values[v * series.units + u]);
      }
    }
    const frameTimes = frameTimesOf({ volumes: series.volumes, repetitionTime, sliceTimeRef: 0.5 });
    const { prompts, promptOf } = groupByPrompt({ events, frameTimes });
    promptOf.forEach((p, v) => {
      samples.tokens.push(tokens?.[v]?.output ?? null);
      if (p < 0) return;
      const key = `${entities.run ?? ''} ${prompts[p]}`;
      const own = samples.prompts.get(key) ?? {
        text: texts.get(prompts[p]) ?? prompts[p],
        volumes: [],
      };
      samples.prompts.set(key, own);
      own.volumes.push(before + v);
    });
  }
  return samples;
}

function drivers({ values, prompts, tokens }: Samples, row: number, sign: number) {
  const own = values[row];
  const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
  const sd = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length);
  const inSd = (value: number) => (value - mean) / sd;
  const most = (candidates: readonly Driver[]) =>
    candidates.toSorted((a, b) => sign * (b.sd - a.sd)).slice(0, DRIVERS);
  return {
    prompts: most(
      [...prompts.values()].map(({ text, volumes }) => ({
        text,
        sd: volumes.reduce((sum, v) => sum + inSd(own[v]), 0) / volumes.length,
      })),
    ),
    tokens: most(tokens.flatMap((text, v) => (text === null ? [] : [{ text, sd: inSd(own[v]) }]))),
  };
}

const listed = (own: readonly Driver[]) =>
  own.map(({ text, sd }) => `${JSON.stringify(text)} (${sd.toFixed(2)})`).join('; ');

export const RESPONSIVE_TABLE: TableKind<ResponsiveRow> = {
  description: "Each network's units of largest |z|, and what drives them most",
  columns: [
    ...NETWORK_COLUMNS,
    { name: 'rank', description: 'From 1, by |z|', of: (row) => row.rank },
    { name: 'unit', description: 'Column in the recording, from 0', of: (row) => row.unit },
    { name: 'module', description: 'As in the atlas', of: (row) => row.module },
    { name: 'index', description: 'In the module, from 0', of: (row) => row.index },
    { name: 'voxel', description: 'x,y,z from 0', of: (row) => row.voxel.join(',') },
    { name: 'z', description: "Of the task's contrast", of: (row) => row.z },
    {
      name: 'prompts',
      description:
        'Prompts with the largest mean response in the direction of z, with it (sd of the unit from its mean)',
      of: (row) => listed(row.prompts),
    },
    {
      name: 'tokens',
      description: 'Tokens the model gave at its largest responses, with these; n/a where not told',
      of: (row) => listed(row.tokens),
    },
  ],
};
