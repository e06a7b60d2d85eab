import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mode } from '../../src/core/runtime.js';
import { findModules, type ScannedModule } from '../../src/model/find/modules.js';
import { loadTapped, type TappedModel } from '../../src/model/open/load.js';
import { locateModel, type ModelFolder } from '../../src/model/open/locate.js';
import { readSkeleton } from '../../src/onnx/skeleton.js';

/** What PyTorch's hooks saw; written by phantom/training/hooks.py. */
export interface Hooks {
  readonly prompt: string;
  readonly promptLength: number;
  readonly ids: readonly number[];
  readonly logProbabilities: readonly number[];
  readonly entropies: readonly number[];
  readonly modules: readonly {
    readonly path: string;
    readonly kind: string;
    readonly width: number;
    readonly norms: readonly number[];
    readonly values: readonly (readonly number[])[];
  }[];
}

export const hooks: Hooks = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/phantom-hooks.json'), 'utf8'),
);

export interface Phantom {
  readonly source: ModelFolder;
  readonly skeleton: Uint8Array;
  readonly modules: readonly ScannedModule[];
  readonly loaded: TappedModel;
}

/** The embedded model, which shows all its modules. */
export async function openPhantom(mode: Mode = 'generate'): Promise<Phantom> {
  const source = await locateModel('phantom');
  const skeleton = await readSkeleton(source.file);
  const modules = await findModules(source, skeleton);
  return {
    source,
    skeleton,
    modules,
    loaded: await loadTapped(source, { skeleton, modules, mode }),
  };
}
