import { expect, test } from 'vitest';
import { type Kernel, moduleOf } from '../../../src/math/wasm/module.js';

/** Copies 16 bytes from one address to another, to which a constant is added. */
const copyBeyond = (constant: number, offset: number): Kernel => ({
  parameters: ['from', 'to'],
  locals: { value: 'v128' },
  body: [
    ['local.get', 'from'],
    ['v128.load', 0, 0],
    ['local.set', 'value'],
    ['local.get', 'to'],
    ['i32.const', constant],
    ['i32.add'],
    ['local.get', 'value'],
    ['v128.store', 0, offset],
  ],
});

/** Numbers about the ends of LEB128's groups of seven bits, with and without a sign. */
const NUMBERS = [0, 1, 63, 64, 65, 127, 128, 8191, 8192, 16383, 16384, 70000];

test.each(NUMBERS)('the number %i is written as an operand', (number) => {
  for (const [constant, offset] of [
    [number, 0],
    [0, number],
  ]) {
    const given = new WebAssembly.Memory({ initial: 2 });
    const module = new WebAssembly.Module(moduleOf(copyBeyond(constant, offset)));
    const { exports } = new WebAssembly.Instance(module, { kernel: { memory: given } });
    const memory = new Uint8Array(given.buffer);
    memory.set([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3], 40000);
    (exports.run as (from: number, to: number) => void)(40000, 50000);
    const to = 50000 + number;
    expect(memory.subarray(to, to + 16)).toEqual(memory.subarray(40000, 40016));
    expect(memory.filter((byte) => byte > 0)).toHaveLength(32);
  }
});
