import { createHash } from 'node:crypto';
import type { Module } from '../../core/module.js';
import type { Provenance } from '../../core/recording.js';
import { scanVersions } from '../../files/versions.js';
import { type ModelFolder, readModelJson } from '../../model/open/locate.js';
import type { PlannedRun } from '../../study/plan.js';
import type { StudyFile } from '../../study/schema.js';

/** Where the recordings of a study come from. */
export async function describeScan(
  source: ModelFolder,
  settings: StudyFile,
): Promise<Omit<Provenance, 'fingerprint'>> {
  const config = await readModelJson(source, 'config.json');
  const heads = Number(config.num_attention_heads ?? config.n_head);
  const hidden = Number(config.hidden_size ?? config.n_embd);
  const headWidth = Number(config.head_dim ?? hidden / heads);
  const { do_sample, ...rest } = settings.sampling;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const sampling = { do_sample, ...(Object.fromEntries(given) as Record<string, number>) };
  return {
    model: {
      id: source.id,
      revision: source.revision,
      sha256: source.sha256,
      dtype: source.dtype,
      architecture: String(
        (config.architectures as string[] | undefined)?.[0] ?? config.model_type,
      ),
      headWidth: Number.isInteger(headWidth) ? headWidth : null,
    },
    seed: settings.seed,
    sampling: settings.mode === 'generate' ? sampling : {},
    tokenVolumeRule: settings.mode,
    versions: scanVersions(),
  };
}

/** A hash of all that decides what a run's recording holds: two runs of one hash have the same bytes. */
export function fingerprint(
  about: Omit<Provenance, 'fingerprint'>,
  scan: {
    readonly run: PlannedRun;
    readonly modules: readonly Module[];
    readonly repetitionTime: number;
    readonly batch: number | null;
  },
): string {
  return createHash('sha256')
    .update(JSON.stringify({ ...about, ...scan }))
    .digest('hex');
}
