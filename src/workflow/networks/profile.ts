import type { TableKind } from '../../files/described-table.js';
import { NETWORK_COLUMNS } from '../columns.js';
import { headGroups, type Places } from './places.js';
import type { SessionMaps } from './session.js';

/** How much of a layer, a kind of module or an attention head a network takes. */
export interface ProfileRow {
  readonly subject: string;
  readonly session: string | null;
  readonly task: string;
  readonly level: 'layer' | 'type' | 'head';
  readonly name: string;
  readonly units: number;
  readonly active: number;
  readonly positive: number;
  readonly share: number;
}

/** Where each network of a session lies; none where modules are not known. */
export function profileRows(
  { subject, session, modules, tasks }: SessionMaps,
  places: Places | null,
): ProfileRow[] {
  const groups = [
    ...(modules?.layers ?? []).map((group) => ({ level: 'layer' as const, ...group })),
    ...(modules?.types ?? []).map((group) => ({ level: 'type' as const, ...group })),
    ...(places ? headGroups(places) : []).map((group) => ({ level: 'head' as const, ...group })),
  ];
  return tasks.flatMap(({ name: task, network, whole }) =>
    groups.map(({ level, name, units }) => {
      const active = Array.from(units).filter((u) => network.active[u]);
      const positive = active.filter((u) => whole.z[u] > 0).length;
      return {
        ...{ subject, session, task, level, name },
        ...{ units: units.length, active: active.length, positive },
        share: units.length === 0 ? 0 : active.length / units.length,
      };
    }),
  );
}

export const PROFILE_TABLE: TableKind<ProfileRow> = {
  description: 'Share of active units by layer, kind of module and attention head',
  columns: [
    ...NETWORK_COLUMNS,
    { name: 'level', description: 'layer, type of module, or head', of: (row) => row.level },
    { name: 'name', description: 'Layer, module or head', of: (row) => row.name },
    { name: 'units', description: 'Units there', of: (row) => row.units },
    { name: 'active', description: 'Of these in the network', of: (row) => row.active },
    {
      name: 'positive',
      description: 'Of these more active than at rest',
      of: (row) => row.positive,
    },
    { name: 'share', description: 'active / units', of: (row) => row.share },
  ],
};
