import { type FileHandle, open, rm } from 'node:fs/promises';

/** Rows of one length in a file that has no name once it is open, and so goes with the process. */
export interface Scratch {
  /** Writes a row into a free slot, which it names. */
  put(row: Float32Array): Promise<number>;
  /** Reads a slot and frees it. */
  take(slot: number, into: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** The file is made when the first row comes; its slots are used again. */
export function openScratch(path: string, units: number): Scratch {
  const free: number[] = [];
  const rowBytes = 4 * units;
  let file: FileHandle | null = null;
  let slots = 0;
  const create = async () => {
    const opened = await open(path, 'wx+');
    await rm(path);
    return opened;
  };
  const bytesOf = (row: Float32Array) => new Uint8Array(row.buffer, row.byteOffset, rowBytes);
  return {
    async put(row) {
      file ??= await create();
      const slot = free.pop() ?? slots++;
      for (let done = 0; done < rowBytes; ) {
        const at = slot * rowBytes + done;
        done += (await file.write(bytesOf(row), done, rowBytes - done, at)).bytesWritten;
      }
      return slot;
    },
    async take(slot, into) {
      const { bytesRead } = (await file?.read(bytesOf(into), 0, rowBytes, slot * rowBytes)) ?? {};
      if (bytesRead !== rowBytes) throw new Error(`a row of ${path} was not read back`);
      free.push(slot);
    },
    async close() {
      await file?.close();
      file = null;
    },
  };
}
