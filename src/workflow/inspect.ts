import { type Module, unitCount } from '../core/module.js';
import type { Progress } from '../core/progress.js';
import type { Dtype } from '../core/runtime.js';
import { findModules } from '../model/find/modules.js';
import { selectModules } from '../model/find/select.js';
import { locateModel, type ModelFolder } from '../model/open/locate.js';
import { readSkeleton } from '../onnx/skeleton.js';

/** A recording holds float32. */
const BYTES_PER_UNIT = 4;

/** What of a model a recording would hold. */
export interface Inspection {
  readonly model: ModelFolder;
  readonly modules: readonly Pick<Module, 'path' | 'depth' | 'kind' | 'width' | 'firstUnit'>[];
  readonly totals: {
    readonly modules: number;
    readonly units: number;
    /** Bytes that one volume of these units takes. */
    readonly bytesPerVolume: number;
  };
}

/**
 * The modules of a model that patterns choose (all by default), as a recording would hold them.
 * @throws ModelError where the model cannot be found or opened, or a pattern matches nothing
 */
export async function inspectModel(options: {
  readonly model: string;
  readonly modules?: string | readonly string[] | undefined;
  readonly dtype?: Dtype | undefined;
  readonly progress: Progress;
}): Promise<Inspection> {
  const { dtype, progress } = options;
  const model = await locateModel(options.model, { dtype, progress });
  const all = await findModules(model, await readSkeleton(model.file));
  const modules = selectModules(all, options.modules ?? []);
  const units = unitCount(modules);
  return {
    model,
    modules: modules.map(({ path, depth, kind, width, firstUnit }) => ({
      path,
      depth,
      kind,
      width,
      firstUnit,
    })),
    totals: { modules: modules.length, units, bytesPerVolume: units * BYTES_PER_UNIT },
  };
}
