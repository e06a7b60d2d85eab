/** Where in the network's depth a module sits: before the layers, in layer n (from 0), or after them. */
export type Depth = 'embedding' | 'head' | number;

/** What of the module is recorded: the tensor that leaves it, or one that enters it. */
export type ModuleKind = 'output' | 'context' | 'residual';

/** A named part of the network with the tensor recorded there. */
export interface Module {
  /** The module's address, dots and slashes as in the graph: `/model/decoder/layers.0/fc1`. */
  readonly path: string;
  readonly depth: Depth;
  readonly kind: ModuleKind;
  /** The ONNX tensor's name. */
  readonly tensor: string;
  /** Units: values per token. */
  readonly width: number;
  /** The module's first column in a recording. */
  readonly firstUnit: number;
}

/** Units of all modules together: the columns of their recording. */
export function unitCount(modules: readonly Module[]): number {
  const last = modules.at(-1);
  return last ? last.firstUnit + last.width : 0;
}

/** The same modules with `firstUnit` counted from 0 in their order. */
export function placeUnits(modules: readonly Omit<Module, 'firstUnit'>[]): Module[] {
  let firstUnit = 0;
  return modules.map((module) => {
    const placed = { ...module, firstUnit };
    firstUnit += module.width;
    return placed;
  });
}

/** What a module is in whichever layer: its path or name with the layer's number left out. */
export function moduleType(name: string, depth: string | Depth): string {
  return name.replace(new RegExp(`(?<=^|[./_])${depth}(?=$|[./_:])`), '*');
}
