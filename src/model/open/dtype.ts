import { ModelError } from '../../core/errors.js';
import { DTYPES, type Dtype } from '../../core/runtime.js';

/**
 * What a dtype adds to the name of a model's file.
 * Source: Transformers.js 4.3.1, utils/dtypes.js, DEFAULT_DTYPE_SUFFIX_MAPPING.
 */
const SUFFIXES: Readonly<Record<Dtype, string>> = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
};

/** A language model in one graph; older exports have the second where the first is absent. */
const NAMES = ['model', 'decoder_model_merged'] as const;

/** A model's graph at one dtype: `onnx/model_fp16.onnx`. */
export interface OnnxFile {
  readonly dtype: Dtype;
  /** Inside the model's folder, with slashes. */
  readonly path: string;
}

/** Tells whether a model has a file; the path is inside its folder. */
export type Has = (path: string) => Promise<boolean>;

/**
 * Chooses a model's graph. Where no dtype is asked for it is fp32 if there, else what the model's own
 * configuration names, else the only one there is.
 * @param options.config the model's config.json
 * @param options.where the model, in words
 * @throws ModelError `model/no-onnx`, `model/no-dtype`, `model/several-dtypes`
 */
export async function chooseOnnx(
  has: Has,
  options: {
    readonly dtype: Dtype | undefined;
    readonly config: Readonly<Record<string, unknown>>;
    readonly where: string;
  },
): Promise<OnnxFile> {
  const { dtype, where } = options;
  const wanted = dtype ? [dtype] : ['fp32' as const, ...configuredDtype(options.config)];
  for (const one of wanted) {
    const found = await onnxAt(one, has);
    if (found) return found;
  }
  const all = (await Promise.all(DTYPES.map((one) => onnxAt(one, has)))).filter((one) => !!one);
  if (!dtype && all.length === 1) return all[0];
  if (all.length === 0) {
    throw new ModelError('no-onnx', {
      given: `${where}, which has no ONNX graph`,
      expected: `onnx/${NAMES[0]}.onnx, or one of another dtype, as Transformers.js names them`,
      todo: 'Export the model to ONNX (for example with Optimum) or name another.',
    });
  }
  const there = all.map((one) => `${one.dtype} (${one.path})`).join(', ');
  throw new ModelError(dtype ? 'no-dtype' : 'several-dtypes', {
    given: dtype
      ? `the dtype ${dtype} of ${where}`
      : `${where}, which has no fp32 but several dtypes`,
    expected: `one of ${there}`,
    todo: 'Name it with --dtype, or as `dtype:` in the study.',
  });
}

/** The model's graph at a dtype, or null where it has none. */
export async function onnxAt(dtype: Dtype, has: Has): Promise<OnnxFile | null> {
  for (const name of NAMES) {
    const path = `onnx/${name}${SUFFIXES[dtype]}.onnx`;
    if (await has(path)) return { dtype, path };
  }
  return null;
}

/** `transformers.js_config.dtype`: a dtype, or one a file. */
function configuredDtype(config: Readonly<Record<string, unknown>>): Dtype[] {
  const { dtype } = (config['transformers.js_config'] ?? {}) as { dtype?: unknown };
  return DTYPES.filter((known) => ofFile(dtype, NAMES).includes(known));
}

/** A setting that holds for all files, or is given by file name. */
function ofFile(setting: unknown, names: readonly string[]): unknown[] {
  if (typeof setting !== 'object' || setting === null) return [setting];
  return names.flatMap((name) => (setting as Readonly<Record<string, unknown>>)[name] ?? []);
}

/**
 * The weight files that lie beside a graph by the model's configuration: `model.onnx_data`,
 * `model.onnx_data_1` and so on.
 * Source: Transformers.js 4.3.1, utils/model-loader.js.
 */
export function configuredData(config: Readonly<Record<string, unknown>>, onnx: string): string[] {
  const { use_external_data_format: setting } = (config['transformers.js_config'] ?? {}) as {
    use_external_data_format?: unknown;
  };
  const name = onnx.slice(onnx.lastIndexOf('/') + 1);
  const [chunks = 0] = ofFile(setting, [name, ...NAMES.filter((base) => name.startsWith(base))]);
  return Array.from({ length: Number(chunks) || 0 }, (_, i) => dataFile(onnx, i));
}

/** The name of a graph's i-th weight file. */
export function dataFile(onnx: string, i: number): string {
  return `${onnx}_data${i === 0 ? '' : `_${i}`}`;
}
