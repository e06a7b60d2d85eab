import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { expect } from 'vitest';
import { type ExternalData, externalDataFields } from '../../src/onnx/external-data.js';
import { readSkeleton } from '../../src/onnx/skeleton.js';
import { openTapped, type TappedSession } from '../../src/onnx/tapped.js';
import { bytesField, concat, integerField } from '../../src/onnx/wire.js';

/** Field numbers of onnx.proto. */
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const FLOAT = 1;
const VALUES = 512;

/** The weights of the tiny model, and their bytes. */
export const numbers = Float32Array.from({ length: VALUES }, (_, i) => i / 4 - 7);
export const bytes = new Uint8Array(numbers.buffer);

const valueInfo = (name: string) => {
  const shape = bytesField(1, integerField(1, VALUES));
  const type = bytesField(1, concat([integerField(1, FLOAT), bytesField(2, shape)]));
  return concat([bytesField(1, name), bytesField(2, type)]);
};

const node = (opType: string, inputs: readonly string[], output: string) =>
  concat([
    ...inputs.map((input) => bytesField(1, input)),
    bytesField(2, output),
    bytesField(4, opType),
  ]);

/** A TensorProto's fields but for its data. */
export const tensorHead = (name: string, values: number): Uint8Array =>
  concat([integerField(1, values), integerField(2, FLOAT), bytesField(8, name)]);

/** y = x + w, with s = x x inside. @param data w's data: a field of TensorProto */
export const tinyGraph = (data: Uint8Array): Uint8Array =>
  concat([
    bytesField(GRAPH.node, node('Mul', ['x', 'x'], 's')),
    bytesField(GRAPH.node, node('Add', ['x', 'w'], 'y')),
    bytesField(GRAPH.name, 'sum'),
    bytesField(GRAPH.initializer, concat([tensorHead('w', VALUES), data])),
    bytesField(GRAPH.input, valueInfo('x')),
    bytesField(GRAPH.output, valueInfo('y')),
  ]);

/** What stands before and after the graph in a model: its version, and operator set 13. */
export const version = integerField(1, 8);
export const operators = bytesField(8, concat([bytesField(1, ''), integerField(2, 13)]));

export const tinyModel = (data: Uint8Array): Uint8Array =>
  concat([version, bytesField(7, tinyGraph(data)), operators]);

/** w's data inside the model. */
export const inside = bytesField(9, bytes);

export const place = (location: string, offset = 0): ExternalData => ({
  location,
  offset,
  length: bytes.length,
});

/** Writes a model whose weights are said to lie somewhere. */
export async function modelIn(folder: string, data: ExternalData): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'model.onnx');
  await writeFile(file, tinyModel(externalDataFields(data)));
  return file;
}

/** @param folder where the temporary folder is made */
export async function openAt(file: string, folder: string): Promise<TappedSession> {
  return openTapped(await readSkeleton(file), { file, tensors: ['s', 'y'], folder });
}

export const feed = (value: (i: number) => number): { x: ort.Tensor } => ({
  x: new ort.Tensor(
    'float32',
    Float32Array.from(numbers, (_, i) => value(i)),
    [VALUES],
  ),
});

/** Opens, runs, and checks both sum and tap. */
export async function expectToWork(file: string, folder: string): Promise<void> {
  const tapped = await openAt(file, folder);
  expect(tapped.added).toEqual(['s']);
  const outputs = await tapped.session.run(feed((i) => i % 5));
  expect(outputs.y.data).toEqual(numbers.map((value, i) => (i % 5) + value));
  expect(outputs.s.data).toEqual(numbers.map((_, i) => (i % 5) ** 2));
  await tapped.release();
}
