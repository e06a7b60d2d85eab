/**
 * The protobuf wire format, as much of it as ONNX files use. Lengths and positions are JavaScript
 * numbers: exact up to 2^53 bytes.
 * Source: protobuf.dev/programming-guides/encoding.
 */

/** A field of a message: its number, its wire type, and where its payload lies. */
export interface Field {
  readonly number: number;
  readonly wire: 0 | 1 | 2 | 5;
  /** First byte of the field, tag included. */
  readonly begin: number;
  /** First byte of the payload (after a length, where there is one). */
  readonly start: number;
  readonly end: number;
}

/** The bytes are no protobuf message. Callers say which file. */
export class WireError extends Error {
  override name = 'WireError';
}

/** A varint at `at`: its value (as an unsigned number) and the position after it. */
export function readVarint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let i = at; i < bytes.length && i < at + 10; i++) {
    value += (bytes[i] & 0x7f) * scale;
    if (bytes[i] < 0x80) return { value, next: i + 1 };
    scale *= 128;
  }
  throw new WireError(`no varint at byte ${at}`);
}

/** A varint read as a signed 64-bit integer; exact within +-2^53. */
export function readInt64(bytes: Uint8Array, at: number): number {
  let value = 0n;
  let next = at;
  for (let shift = 0n; ; shift += 7n) {
    if (next >= bytes.length || shift > 63n) throw new WireError(`no varint at byte ${at}`);
    const byte = bytes[next++];
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return Number(BigInt.asIntN(64, value));
  }
}

/**
 * The field whose tag is at `at` of `bytes`, with positions counted from `origin` (the position in
 * the file of `bytes[0]`). The payload itself need not be in `bytes`.
 */
export function fieldAt(bytes: Uint8Array, at: number, origin = 0): Field {
  const begin = origin + at;
  const tag = readVarint(bytes, at);
  const number = Math.floor(tag.value / 8);
  const wire = tag.value % 8;
  if (number === 0) throw new WireError(`field number 0 at byte ${begin}`);
  const from = (start: number, length: number, kind: Field['wire']): Field => ({
    number,
    wire: kind,
    begin,
    start: origin + start,
    end: origin + start + length,
  });
  if (wire === 0) return from(tag.next, readVarint(bytes, tag.next).next - tag.next, wire);
  if (wire === 1) return from(tag.next, 8, wire);
  if (wire === 5) return from(tag.next, 4, wire);
  if (wire !== 2) throw new WireError(`wire type ${wire} at byte ${begin}`);
  const length = readVarint(bytes, tag.next);
  return from(length.next, length.value, wire);
}

/** The fields of a message between two positions, in their order in the file. */
export function* fields(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Generator<Field, void, void> {
  for (let at = start; at < end; ) {
    const field = fieldAt(bytes, at);
    if (field.end > end) throw new WireError(`the field at byte ${at} runs past the end`);
    yield field;
    at = field.end;
  }
}

const utf8 = new TextDecoder();
const utf8Encoder = new TextEncoder();

/** A length-delimited field as text. */
export function text(bytes: Uint8Array, field: Field): string {
  return utf8.decode(bytes.subarray(field.start, field.end));
}

/** A repeated integer field's values, packed or not. */
export function integers(bytes: Uint8Array, field: Field): number[] {
  if (field.wire === 0) return [readInt64(bytes, field.start)];
  const values: number[] = [];
  for (let at = field.start; at < field.end; at = readVarint(bytes, at).next) {
    values.push(readInt64(bytes, at));
  }
  return values;
}

/** A non-negative integer below 2^53 as a varint. */
export function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return Uint8Array.from(out);
}

/** A varint field. */
export function integerField(number: number, value: number): Uint8Array {
  return concat([varint(number * 8), varint(value)]);
}

/** A length-delimited field: a nested message, bytes, or text. */
export function bytesField(number: number, payload: Uint8Array | string): Uint8Array {
  const body = typeof payload === 'string' ? utf8Encoder.encode(payload) : payload;
  return concat([varint(number * 8 + 2), varint(body.length), body]);
}

/** Byte arrays end to end. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
