/** An .npy file with the given header entries and value bytes. */
export function npyFile(
  header: { readonly descr: string; readonly shape: string; readonly fortran?: boolean },
  values: Uint8Array,
  version = 1,
): Uint8Array {
  const { descr, shape, fortran = false } = header;
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }\n`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(dict.length);
  else length.writeUInt32LE(dict.length);
  const magic = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\x00`, 'latin1');
  return Buffer.concat([magic, length, Buffer.from(dict), values]);
}

/** A .safetensors file with the given header. */
export function safetensorsFile(header: unknown, values: Uint8Array, length?: bigint): Uint8Array {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([prefix, text, values]);
}

export const bytesOf = (values: ArrayBufferView) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
