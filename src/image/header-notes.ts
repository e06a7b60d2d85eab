import { readHeader } from 'nifti-reader-js';
import { FileError } from '../core/errors.js';
import { fileBytes } from './file-bytes.js';
import { HEADER_BYTES } from './header-table.js';
import type { NiftiImage } from './open-nifti.js';

/** What a header says beside where its voxels are: free text, the meaning of values, extensions. */
export interface HeaderNotes {
  /** NIfTI's code (3 t, 4 F, 5 z, 0 none) and its parameters. */
  readonly intent: { readonly code: number; readonly parameters: readonly number[] };
  readonly description: string;
  readonly extensions: readonly HeaderExtension[];
}

/** One header extension: its code (AFNI's is 4) and its text, padding taken off. */
export interface HeaderExtension {
  readonly code: number;
  readonly text: string;
}

/** @throws FileError `file/corrupt` where the extensions do not fit in before the voxels */
export async function readNotes({ path, offset }: NiftiImage): Promise<HeaderNotes> {
  const bytes = await bytesBefore(path, Math.max(offset, HEADER_BYTES));
  try {
    const header = readHeader(bytes.buffer);
    return {
      intent: {
        code: header.intent_code,
        parameters: [header.intent_p1, header.intent_p2, header.intent_p3],
      },
      description: untilZero(header.description),
      extensions: header.extensions.map(({ ecode, edata }) => ({
        code: ecode,
        text: untilZero(new TextDecoder().decode(edata)),
      })),
    };
  } catch (cause) {
    throw new FileError('corrupt', {
      given: `${path}, whose header extensions cannot be read`,
      expected: 'extensions that end before the voxels',
      todo: 'Write the file again with the program that made it.',
      cause,
    });
  }
}

const untilZero = (text: string) => text.replace(/\0[\s\S]*$/, '').trimEnd();

async function bytesBefore(path: string, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end);
  let filled = 0;
  for await (const chunk of fileBytes(path)) {
    const part = chunk.subarray(0, end - filled);
    bytes.set(part, filled);
    filled += part.length;
    if (filled === end) break;
  }
  return bytes;
}
