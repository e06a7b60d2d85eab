import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { addOutputs } from '../../src/onnx/graph.js';
import {
  DATA_TYPES,
  initializerField,
  integerAttribute,
  integersAttribute,
  nodeField,
  valueInfo,
} from '../../src/onnx/make.js';
import { addVolumes, type Shown, type TokenValues, VOLUMES } from '../../src/onnx/volumes.js';
import { bytesField, concat, integerField } from '../../src/onnx/wire.js';

const IDS = [
  [3, 1, 4, 1],
  [5, 9, 2, 6],
];
const TOKENS = 4;
const UNITS = 6;

/** Unit u of a token is 10 id + u, or 10 position + u where all sequences share a table. */
const ofToken = (sequence: number, token: number) =>
  Array.from({ length: UNITS }, (_, u) => 10 * IDS[sequence][token] + u);
const ofPlace = (_: number, token: number) =>
  Array.from({ length: UNITS }, (_, u) => 10 * token + u);

const floats = integerAttribute('to', DATA_TYPES.float32);
const halves = integerAttribute('to', DATA_TYPES.float16);

/** A model that makes the same values in every form that exporters give them. */
const model = concat([
  integerField(1, 8),
  bytesField(
    7,
    concat([
      bytesField(2, 'forms'),
      bytesField(11, valueInfo('input_ids', ['sequences', 'tokens'], DATA_TYPES.int64)),
      initializerField('i', [0, 1, 2, 3, 4, 5]),
      ...[0, 1, 2, 10].map((value) => initializerField(`${value}`, [value])),
      nodeField('Cast', ['i'], 'units', [floats]),
      nodeField('Cast', ['10'], 'ten', [floats]),
      nodeField('Cast', ['input_ids'], 'ids', [floats]),
      nodeField('Unsqueeze', ['ids', '2'], 'x'),
      nodeField('Mul', ['x', 'ten'], 'tens'),
      nodeField('Add', ['tens', 'units'], 'plain'), // [sequences, tokens, 6]
      initializerField('to merged', [-1, UNITS]),
      nodeField('Reshape', ['plain', 'to merged'], 'merged'), // [sequences tokens, 6]
      initializerField('to inner', [0, 0, 2, 3]),
      nodeField('Reshape', ['plain', 'to inner'], 'inner'), // [sequences, tokens, 2, 3]
      nodeField('Transpose', ['inner'], 'heads', [integersAttribute('perm', [0, 2, 1, 3])]),
      initializerField('to merged heads', [-1, TOKENS, 3]),
      nodeField('Reshape', ['heads', 'to merged heads'], 'merged heads'), // [sequences 2, tokens, 3]
      nodeField('Cast', ['plain'], 'half', [halves]),
      nodeField('Shape', ['input_ids'], 'lengths'),
      nodeField('Gather', ['lengths', '1'], 'length'),
      ...['0', '1', 'length'].map((name) => nodeField('Squeeze', [name], `scalar ${name}`)),
      nodeField('Range', ['scalar 0', 'scalar length', 'scalar 1'], 'places'),
      nodeField('Cast', ['places'], 'positions', [floats]),
      nodeField('Unsqueeze', ['positions', '1'], 'p'),
      nodeField('Mul', ['p', 'ten'], 'tens of p'),
      nodeField('Add', ['tens of p', 'units'], 'table'), // [tokens, 6]
      nodeField('Unsqueeze', ['table', '0'], 'shared'), // [1, tokens, 6]
      bytesField(12, bytesField(1, 'plain')),
    ]),
  ),
  bytesField(8, concat([bytesField(1, ''), integerField(2, 13)])),
]);

const form = (tensor: string, tokenAxis: number, gateShape: number[]): TokenValues => ({
  ...{ tensor, tokenAxis, gateShape },
  dtype: tensor === 'half' ? 'float16' : 'float32',
});
const FORMS = [
  form('plain', 1, [1, 1, 6]),
  form('merged', 0, [1, 6]),
  form('inner', 1, [1, 1, 2, 3]),
  form('heads', 2, [1, 2, 1, 3]),
  form('merged heads', 1, [2, 1, 3]),
  form('half', 1, [1, 1, 6]),
  form('table', 0, [1, 6]),
  form('shared', 1, [1, 1, 6]),
];

async function volumesOf(forms: readonly TokenValues[], shown: Shown, sequences = IDS) {
  const bytes = addOutputs(addVolumes(model, forms, shown), [VOLUMES]);
  const session = await ort.InferenceSession.create(bytes);
  const ids = BigInt64Array.from(sequences.flat(), BigInt);
  const input_ids = new ort.Tensor('int64', ids, [sequences.length, TOKENS]);
  const outputs = await session.run({ input_ids });
  await session.release();
  return outputs[VOLUMES];
}

describe.each(['all', 'last'] as const)('%s tokens', (shown) => {
  const tokens = shown === 'all' ? [0, 1, 2, 3] : [3];

  test.each(FORMS)('$tensor: a token’s values in the order of its units', async (own) => {
    const expected = ['table', 'shared'].includes(own.tensor) ? ofPlace : ofToken;
    for (const sequences of [IDS, IDS.slice(0, 1)]) {
      const { dims, data } = await volumesOf([own], shown, sequences);
      expect(dims).toEqual([sequences.length, tokens.length, UNITS]);
      const rows = sequences.flatMap((_, s) => tokens.flatMap((token) => expected(s, token)));
      expect(Array.from(data as Float32Array)).toEqual(rows);
    }
  });

  test('all together lie side by side', async () => {
    const { dims, data } = await volumesOf(FORMS, shown);
    expect(dims).toEqual([2, tokens.length, FORMS.length * UNITS]);
    const rows = IDS.flatMap((_, s) =>
      tokens.flatMap((token) => [
        ...Array.from({ length: 6 }, () => ofToken(s, token)).flat(),
        ...ofPlace(s, token),
        ...ofPlace(s, token),
      ]),
    );
    expect(Array.from(data as Float32Array)).toEqual(rows);
  });
});
