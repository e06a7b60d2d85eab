import { expect, test } from 'vitest';
import {
  bytesField,
  concat,
  fields,
  integerField,
  integers,
  readInt64,
  readVarint,
  text,
  varint,
  WireError,
} from '../../src/onnx/wire.js';

test('varints round-trip over the whole exact range', () => {
  for (const value of [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 + 5, 2 ** 53 - 1]) {
    const bytes = varint(value);
    expect(readVarint(bytes, 0)).toEqual({ value, next: bytes.length });
  }
});

test('known bytes from the protobuf documentation', () => {
  expect([...integerField(1, 150)]).toEqual([0x08, 0x96, 0x01]);
  expect([...bytesField(2, 'testing')]).toEqual([0x12, 7, 116, 101, 115, 116, 105, 110, 103]);
});

test('negative integers take ten bytes and read back', () => {
  const minusOne = Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
  expect(readInt64(minusOne, 0)).toBe(-1);
});

test('fields are walked in order, with their payloads', () => {
  const message = concat([integerField(3, 7), bytesField(4, 'a'), bytesField(5, varint(9))]);
  const [three, four, five] = [...fields(message)];
  expect([three.number, four.number, five.number]).toEqual([3, 4, 5]);
  expect(integers(message, three)).toEqual([7]);
  expect(text(message, four)).toBe('a');
  expect(integers(message, five)).toEqual([9]);
});

test.each([
  ['a length past the end', [0x12, 200, 1, 0]],
  ['a group (wire type 3)', [0x0b]],
  ['field number 0', [0x00, 0x01]],
  ['an endless varint', [0x08, ...Array(11).fill(255)]],
])('%s is refused', (_, bytes) => {
  expect(() => [...fields(Uint8Array.from(bytes))]).toThrow(WireError);
});
