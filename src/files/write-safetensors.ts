import { open } from 'node:fs/promises';
import { SAFETENSORS_PREFIX } from './safetensors.js';
import { writeWhole } from './whole.js';

/** A tensor of bytes (U8) to be written. */
export interface ByteTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its values, row-major; asked for once, when its turn comes. */
  readonly values: () => Uint8Array;
}

/**
 * Writes tensors into one .safetensors file, whole or not at all, with one of them in memory at a time.
 * The header is padded with spaces to a multiple of 8 bytes, as the format's own library does.
 * Source of the format: huggingface.co/docs/safetensors.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly ByteTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const header = headerOf(tensors, metadata);
  await writeWhole(path, async (temporary) => {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(header);
      for (const { name, shape, values } of tensors) {
        const bytes = values();
        const needed = lengthOf(shape);
        if (bytes.length !== needed) throw new Error(`${name}: ${bytes.length} of ${needed} bytes`);
        await file.writeFile(bytes);
      }
    } finally {
      await file.close();
    }
  });
}

const lengthOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function headerOf(tensors: readonly ByteTensor[], metadata: Readonly<Record<string, string>>) {
  let end = 0;
  const entries = tensors.map(({ name, shape }) => {
    const begin = end;
    end += lengthOf(shape);
    return [name, { dtype: 'U8', shape, data_offsets: [begin, end] }] as const;
  });
  const names = new Set(tensors.map(({ name }) => name));
  if (names.size < tensors.length) throw new Error('two tensors of one name');
  const text = Buffer.from(
    JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }),
  );
  const length = Math.ceil(text.length / 8) * 8;
  const header = Buffer.alloc(SAFETENSORS_PREFIX + length, ' ');
  header.writeBigUInt64LE(BigInt(length));
  text.copy(header, SAFETENSORS_PREFIX);
  return header;
}
