import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allValues } from '../../src/onnx/stored-values.js';
import { eachWeight, openUnitWeights, type UnitWeights } from '../../src/onnx/unit-weights.js';
import { candidatesOf, EXPORTS, isPooler, tensorsOf, ZOO } from './zoo.js';

interface Weights {
  readonly units: number;
  readonly inputs: number;
  readonly isTable: boolean;
  /** Of the second unit and of the last, at the first inputs. */
  readonly first: readonly (readonly number[])[];
  /** The same at the last inputs. */
  readonly last: readonly (readonly number[])[];
}

/** make/unit_weights.py. */
const TRUTH: Readonly<Record<string, Readonly<Record<string, Weights>>>> = JSON.parse(
  readFileSync(join(ZOO, 'unit-weights.json'), 'utf8'),
);

/**
 * How far a weight may lie from PyTorch's, relative to the largest of its matrix: what float32 and
 * float16 round, a step of 8 bits, and at 4 bits the step that the largest value is clipped by.
 */
const ROUNDING = { model: 1e-7, model_fp16: 5e-4, model_quantized: 1 / 127, model_q4: 1 / 7 };

async function dense(weights: UnitWeights): Promise<number[][]> {
  const all = Array.from({ length: weights.units }, () => new Array<number>(weights.inputs));
  await eachWeight(weights, (unit, input, weight) => {
    all[unit][input] = weight;
  });
  return all; // [units][inputs]
}

test.each(EXPORTS)(
  "%s (%s, %s): weights are PyTorch's, unit by unit and input by input",
  async (folder, kind, name) => {
    const file = join(ZOO, folder, 'onnx', `${name}.onnx`);
    const truth = Object.entries(TRUTH[kind]).filter(([address]) => !isPooler(address));
    const tensors = await tensorsOf(
      file,
      truth.map(([address]) => address),
    );
    const weightsOf = await openUnitWeights(file);
    for (const [address, { units, inputs, isTable, first, last }] of truth) {
      const weights = weightsOf({ tensor: tensors.get(address)!, width: units }) as UnitWeights;
      expect(weights, address).toMatchObject({ units, inputs, isTable });
      const all = await dense(weights);
      const largest = Math.max(...all.flat().map(Math.abs));
      for (const [i, unit] of [1, units - 1].entries()) {
        const shown = [all[unit].slice(0, 4), all[unit].slice(-4)].flat();
        for (const [k, expected] of [...first[i], ...last[i]].entries()) {
          expect(Math.abs(shown[k] - expected), `${address} ${unit}`).toBeLessThanOrEqual(
            ROUNDING[name] * largest,
          );
        }
      }
    }
  },
);

test('an activation function hands on the very weights before it; others have none, and say so', async () => {
  const file = join(ZOO, 'opt-legacy/onnx/model.onnx');
  const weightsOf = await openUnitWeights(file);
  const candidates = await candidatesOf(file);
  const at = (pattern: RegExp) => candidates.find(({ paths }) => pattern.test(paths[0]))!.tensor;
  const own = weightsOf({ tensor: at(/layers\.0\/fc1/), width: 64 });
  expect(weightsOf({ tensor: at(/layers\.0\/activation_fn/), width: 64 })).toBe(own);
  expect(weightsOf({ tensor: at(/layer_norm$/), width: 32 })).toBe('none found');
  expect(weightsOf({ tensor: at(/layers\.0\/fc1/), width: 63 })).toBe('in a form that is not read');
});

test('as many numbers as a large matrix has scales are read', async () => {
  const data = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
  const values = await allValues({ dims: [data.length], dataType: 2, data }, new Map());
  expect([values.length, values[299_999]]).toEqual([300_000, 299_999 % 251]);
});
