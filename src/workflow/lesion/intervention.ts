import type { ScannedModule } from '../../model/find/modules.js';
import type { Gate } from '../../model/open/gated-session.js';
import type { Places } from '../networks/places.js';

/** What is done to units: made 0, held at their mean, or multiplied. */
export type Intervention =
  | { readonly mode: 'zero' }
  | { readonly mode: 'mean' }
  | { readonly mode: 'scale'; readonly scale: number };

/** In words, for tables and sidecars. */
export function describeIntervention(own: Intervention): string {
  if (own.mode === 'scale') return `multiplied by ${own.scale}`;
  return own.mode === 'zero' ? 'silenced (0)' : 'held at their mean';
}

/** The gates of a set of units, with what is done to each of them; units of several sets compound. */
export function gatesOf(
  sets: readonly { readonly units: Iterable<number>; readonly intervention: Intervention }[],
  about: {
    readonly places: Places;
    readonly modules: ReadonlyMap<string, ScannedModule>;
    /** Mean activation of each unit, for the mode mean. */
    readonly means: ArrayLike<number>; // [units]
  },
): Map<string, Gate> {
  const gates = new Map<string, Gate>();
  const gateOf = ({ tensor, width }: ScannedModule): Gate => {
    const own = gates.get(tensor) ?? {
      scale: new Float32Array(width).fill(1),
      shift: new Float32Array(width),
    };
    gates.set(tensor, own);
    return own;
  };
  for (const { units, intervention } of sets) {
    for (const u of units) {
      const { module, index } = about.places.units[u];
      const { scale, shift } = gateOf(about.modules.get(module)!);
      scale[index] *= intervention.mode === 'scale' ? intervention.scale : 0;
      if (intervention.mode === 'mean') shift[index] = about.means[u];
    }
  }
  return gates;
}
