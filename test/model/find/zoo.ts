import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Tensor } from '@huggingface/transformers';
import * as transformers from '@huggingface/transformers';
import * as ort from 'onnxruntime-node';
import type { Dtype, Mode } from '../../../src/core/runtime.js';
import { findModules, type ScannedModule } from '../../../src/model/find/modules.js';
import type { PassOutputs } from '../../../src/model/open/facade.js';
import { loadTapped, type TappedModel } from '../../../src/model/open/load.js';
import { locateModel, type ModelFolder } from '../../../src/model/open/locate.js';
import { halvesToFloats } from '../../../src/onnx/half.js';
import { readSkeleton } from '../../../src/onnx/skeleton.js';

export const ZOO = join(import.meta.dirname, '../../fixtures/models');

/** What PyTorch's forward hooks saw; make/references.py. */
export interface Hooks {
  readonly prompt: string;
  readonly ids: readonly number[];
  readonly promptLength: number;
  /** Tokens whose values are kept. */
  readonly positions: readonly number[];
  readonly modules: readonly {
    readonly path: string;
    readonly kind: string;
    readonly width: number;
    readonly norms: readonly number[]; // [positions]
    readonly values: readonly (readonly number[])[]; // [positions, first values]
  }[];
}

/** What onnxruntime's Python package computed at the last of the tokens; make/references.py. */
export interface Outputs {
  readonly ids: readonly number[];
  readonly tensors: Readonly<
    Record<
      string,
      { readonly dtype: Dtype; readonly norm: number; readonly values: readonly number[] }
    >
  >;
}

/** One ONNX file of the zoo. */
export interface Animal {
  readonly folder: string;
  readonly dtype: Dtype;
  readonly hooks: Hooks | null;
  readonly outputs: Outputs | null;
}

const DTYPES: Readonly<Record<string, Dtype>> = {
  model: 'fp32',
  model_fp16: 'fp16',
  model_quantized: 'q8',
  model_q4: 'q4',
};

const read = <T>(path: string): T | null =>
  existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;

/** All files of the zoo. */
export const animals: readonly Animal[] = readdirSync(ZOO)
  .filter((folder) => existsSync(join(ZOO, folder, 'onnx')))
  .flatMap((folder) =>
    readdirSync(join(ZOO, folder, 'onnx'))
      .filter((file) => file.endsWith('.onnx'))
      .map((file) => {
        const name = basename(file, '.onnx');
        return {
          folder,
          dtype: DTYPES[name],
          hooks: name === 'model' ? read<Hooks>(join(ZOO, folder, 'hooks.json')) : null,
          outputs: read<Outputs>(join(ZOO, folder, `${name}.outputs.json`)),
        };
      }),
  );

export interface Opened {
  readonly source: ModelFolder;
  readonly skeleton: Uint8Array;
  readonly modules: readonly ScannedModule[];
  readonly loaded: TappedModel;
}

/** A model of the zoo, which shows all its modules. */
export async function open(
  { folder, dtype }: Pick<Animal, 'folder' | 'dtype'>,
  mode: Mode = 'read',
): Promise<Opened> {
  const source = await locateModel(join(ZOO, folder), { dtype });
  const skeleton = await readSkeleton(source.file);
  const modules = await findModules(source, skeleton);
  return {
    source,
    skeleton,
    modules,
    loaded: await loadTapped(source, { skeleton, modules, mode }),
  };
}

/** int64 // [sequences, tokens] */
export function int64(rows: readonly (readonly number[])[]): Tensor {
  const data = BigInt64Array.from(rows.flat().map(BigInt));
  return new transformers.Tensor('int64', data, [rows.length, rows[0].length]);
}

/** One pass over whole sequences, without a cache. */
export async function passOver(
  { loaded }: Opened,
  sequences: readonly (readonly number[])[],
): Promise<PassOutputs> {
  const seen: PassOutputs[] = [];
  loaded.watch = (outputs) => {
    seen.push(outputs);
  };
  const run = loaded.model as unknown as (inputs: Record<string, Tensor>) => Promise<unknown>;
  const mask = sequences.map((ids) => ids.map(() => 1));
  await run({ input_ids: int64(sequences), attention_mask: int64(mask) });
  loaded.watch = null;
  return seen[0];
}

export const unitsOf = (module: ScannedModule, row: Float32Array): Float32Array =>
  row.subarray(module.firstUnit, module.firstUnit + module.width);

export const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

/** How far values are from a reference's norm and first values, of either's size. */
export function distance(
  own: Float32Array,
  seen: { readonly norm: number; readonly values: readonly number[] },
): number {
  const apart = norm(seen.values.map((value, i) => value - own[i]));
  return Math.max(Math.abs(norm(own) - seen.norm) / seen.norm, apart / norm(seen.values));
}

/** A float tensor's values as float32. */
export function floats(tensor: ort.Tensor): Float32Array {
  const { type, data } = tensor as { readonly type: string; readonly data: unknown };
  return type === 'float16' ? halvesToFloats(data as Uint16Array) : (data as Float32Array);
}

/** What the unedited model computes, run by onnxruntime alone over one sequence. */
export async function plainOutputs(
  file: string,
  ids: readonly number[],
  options: ort.InferenceSession.SessionOptions = {},
): Promise<{ readonly feeds: Record<string, ort.Tensor>; readonly outputs: PassOutputs }> {
  const session = await ort.InferenceSession.create(file, options);
  const given: Readonly<Record<string, number[]>> = {
    input_ids: [...ids],
    attention_mask: ids.map(() => 1),
    token_type_ids: ids.map(() => 0),
    position_ids: ids.map((_, i) => i),
  };
  const feeds = Object.fromEntries(
    session.inputMetadata.map((input) => {
      const { name, type, shape } = input as ort.InferenceSession.TensorValueMetadata;
      const tokens = given[name];
      if (tokens) {
        const data = BigInt64Array.from(tokens.map(BigInt));
        return [name, new ort.Tensor('int64', data, [1, tokens.length])];
      }
      const dims = [1, Number(shape[1]), 0, Number(shape[3])];
      const empty = type === 'float16' ? new Uint16Array(0) : new Float32Array(0);
      return [name, new ort.Tensor(type as 'float32', empty as Float32Array, dims)];
    }),
  );
  const outputs = await session.run(feeds);
  await session.release();
  return { feeds, outputs };
}
