import type { Recording } from '../core/recording.js';
import { type Anatomy, KIND_INTENSITY, LEAST, MOST } from '../image/anatomy.js';
import type { JsonObject } from './json.js';
import { type SessionId, sessionPath } from './paths.js';
import { softwareVersions } from './software-versions.js';
import type { Templates } from './templates.js';

/** Paths below a dataset's root of a session's anatomical image. */
export function anatFiles(id: SessionId) {
  return {
    image: sessionPath(id, 'T1w', '.nii.gz'),
    sidecar: sessionPath(id, 'T1w', '.json'),
  } as const;
}

/** The sidecar of a _T1w.nii.gz. @param note why weights could not be had; null where they were */
export async function anatSidecar(
  templates: Templates,
  about: {
    readonly anatomy: Anatomy;
    readonly recording: Recording;
    readonly norms: readonly (Float64Array | null)[];
    readonly note: string | null;
  },
): Promise<JsonObject> {
  const { anatomy, recording, norms, note } = about;
  const { scale, weighted, values } = anatomy;
  const without = recording.modules.filter((_, m) => !norms[m]);
  const kinds = [...new Set(without.map(({ kind }) => kind))];
  return {
    ...(await templates.json('T1w.json')),
    SoftwareVersions: softwareVersions(recording.provenance),
    Contrast: {
      Source: weighted > 0 ? 'incoming weights' : 'module kind',
      ...(note !== null && { Note: note }),
      ...(scale !== null && {
        Formula: `S = Scale * norm, at least ${LEAST} and at most ${MOST}; norm is the Euclidean norm of the weights that enter the unit, its bias left out`,
        Scale: scale,
      }),
      Units: values.length,
      UnitsWithWeights: weighted,
      ModuleKinds: Object.fromEntries(kinds.map((kind) => [kind, KIND_INTENSITY[kind]])),
      ModulesWithoutWeights: without.length,
    },
  };
}
