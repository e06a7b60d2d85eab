import type { LayoutName } from '../image/layout.js';
import type { JsonObject } from './json.js';

/** Mean correlation of neighbours inside modules, for three ways to place the same units. */
export interface NeighbourCorrelations {
  readonly functional: number;
  readonly depth: number;
  readonly random: number;
}

/** What is known of a subject's layout. */
export interface LayoutFacts {
  readonly name: LayoutName;
  /** Runs that it was computed from; 0 for depth, which needs none. */
  readonly runs: number;
  /** Over the runs that it was computed from; null where nothing was computed. */
  readonly allRuns: NeighbourCorrelations | null;
  /** Of a layout computed from every other run, over the remaining runs; null where there is one run. */
  readonly heldOutRuns: NeighbourCorrelations | null;
}

/** How a dataset's README puts the layout. */
export const SPACE_IN_WORDS: Readonly<Record<LayoutName, string>> = {
  depth:
    "Slices are the network's depth, rows follow attention heads. Neighbouring voxels need not have anything in common: do not smooth, and do not use cluster extent.",
  functional:
    "Slices are the network's depth. Inside each module, units are placed so that neighbours behave alike; Layout in the atlas's sidecar says how, and how alike they are. Neighbours in different modules or slices need not have anything in common.",
};

const DESCRIPTIONS: Readonly<Record<LayoutName, string>> = {
  depth:
    "Units follow one another in their module's rows, which are attention heads where widths allow. Neighbours need not have anything in common.",
  functional:
    "Inside each module, units are placed so that neighbours behave alike: linear assignment sorting (Barthel et al. 2023) of the leading principal directions of the units' series. One layout for all sessions of the subject, computed over all its runs (of the sessions exported first, where others were added). The units of an attention head stay together where the module is the attention's context. The unit table says where each unit lies.",
};

/** The key Layout of the sidecars of atlas and unit table. */
export function layoutKey({ name, runs, allRuns, heldOutRuns }: LayoutFacts): JsonObject {
  const values = (of: NeighbourCorrelations | null) =>
    of && { Functional: shown(of.functional), Depth: shown(of.depth), Random: shown(of.random) };
  return {
    Name: name,
    Description: DESCRIPTIONS[name],
    ...(allRuns && {
      Runs: runs,
      NeighbourCorrelation: {
        Description:
          'Mean Pearson correlation over volumes of units in voxels that share a face inside a module. AllRuns: over the runs the layout was computed from. HeldOutRuns: of a layout computed from every other run, over the remaining runs',
        AllRuns: values(allRuns),
        HeldOutRuns: values(heldOutRuns),
      },
    }),
  };
}

/** Four digits; null where no pair of neighbours varies. */
const shown = (r: number) => (Number.isFinite(r) ? Number(r.toFixed(4)) : null);
