import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { FileError } from '../core/errors.js';
import { externalDataFields } from './external-data.js';
import { showSum } from './show-sums.js';
import { bytesField, concat, type Field, fieldAt, WireError } from './wire.js';

/** Field numbers of onnx.proto that lead to the weights. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const GRAPH_INITIALIZER = 5;
const TENSOR_RAW_DATA = 9;

/** Weights of at least this many bytes stay in the file. */
const KEPT_IN_FILE = 1024;
const WINDOW = 1 << 16;

/**
 * A model file without its weights: a valid ONNX model, usually under 1 MB, whose larger
 * initializers are external data lying in the original file (`location`, `offset`, `length`).
 * The weights are neither read nor copied, so a model of any size costs a few MB. Sums that fused
 * operators keep to themselves are shown (show-sums.ts); otherwise the graph is the file's.
 * ONNX Runtime loads it from a folder that holds the original file under its own name.
 * Source of the format: onnx.proto (TensorProto.external_data).
 *
 * @throws FileError `file/not-onnx` where the bytes are no ONNX model, or end early.
 */
export async function readSkeleton(path: string): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const file = new Window(handle, size);
    const parts: Uint8Array[] = [];
    let graphs = 0;
    for await (const field of walk(file, 0, size)) {
      if (field.number === MODEL_GRAPH && field.wire === 2) {
        graphs++;
        parts.push(bytesField(MODEL_GRAPH, await slimGraph(file, field, basename(path))));
      } else parts.push(await file.read(field.begin, field.end));
    }
    if (graphs !== 1) throw new WireError(`${graphs} graphs`);
    return concat(parts);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new FileError('not-onnx', {
      given: `${path}, which is no whole ONNX model (${error.message})`,
      expected: 'an ONNX model file',
      todo: 'Download or export the model again.',
      cause: error,
    });
  } finally {
    await handle.close();
  }
}

/** The graph message, its larger initializers pointing into the file, its nodes showing sums. */
async function slimGraph(file: Window, graph: Field, location: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const field of walk(file, graph.start, graph.end)) {
    if (field.number === GRAPH_NODE) {
      parts.push(bytesField(GRAPH_NODE, showSum(await file.read(field.start, field.end))));
      continue;
    }
    const weights = field.number === GRAPH_INITIALIZER ? await rawData(file, field) : null;
    if (!weights) {
      parts.push(await file.read(field.begin, field.end));
      continue;
    }
    const slim = concat([
      await file.read(field.start, weights.begin),
      await file.read(weights.end, field.end),
      externalDataFields({
        location,
        offset: weights.start,
        length: weights.end - weights.start,
      }),
    ]);
    parts.push(bytesField(GRAPH_INITIALIZER, slim));
  }
  return concat(parts);
}

/** The tensor's raw data, if it is large enough to stay where it is. */
async function rawData(file: Window, tensor: Field): Promise<Field | null> {
  for await (const field of walk(file, tensor.start, tensor.end)) {
    if (field.number === TENSOR_RAW_DATA && field.end - field.start >= KEPT_IN_FILE) return field;
  }
  return null;
}

/** As `fields` of wire.ts, on a file: payloads are passed over unread. */
async function* walk(file: Window, start: number, end: number): AsyncGenerator<Field, void, void> {
  for (let at = start; at < end; ) {
    const field = fieldAt(await file.peek(at), 0, at);
    if (field.end > end) throw new WireError(`the field at byte ${at} runs past the end`);
    yield field;
    at = field.end;
  }
}

/** A file read through a small moving window. */
class Window {
  private bytes: Uint8Array = new Uint8Array(0);
  private begin = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly size: number,
  ) {}

  /** A few bytes from `at` on: enough for a tag and a length. */
  async peek(at: number): Promise<Uint8Array> {
    if (at < this.begin || at + 20 > this.begin + this.bytes.length) {
      this.bytes = await this.fill(at, Math.min(this.size, at + WINDOW));
      this.begin = at;
    }
    return this.bytes.subarray(at - this.begin, at - this.begin + 20);
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const inside = start >= this.begin && end <= this.begin + this.bytes.length;
    if (inside) return this.bytes.slice(start - this.begin, end - this.begin);
    return this.fill(start, end);
  }

  private async fill(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    const { bytesRead } = await this.handle.read(bytes, 0, bytes.length, start);
    if (bytesRead !== bytes.length)
      throw new WireError(`the file ends at byte ${start + bytesRead}`);
    return bytes;
  }
}
