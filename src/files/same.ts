import { open, stat } from 'node:fs/promises';

const PIECE = 1 << 20;

/** Whether two files hold the same bytes; a file that is not there is the same as none. */
export async function sameBytes(one: string, other: string): Promise<boolean> {
  const sizes = await Promise.all([one, other].map((path) => stat(path).catch(() => null)));
  if (!sizes[0]?.isFile() || !sizes[1]?.isFile() || sizes[0].size !== sizes[1].size) return false;
  const [a, b] = await Promise.all([open(one), open(other)]);
  try {
    const [left, right] = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)];
    for (let at = 0; at < sizes[0].size; at += PIECE) {
      const [of, and] = await Promise.all([
        a.read(left, 0, PIECE, at),
        b.read(right, 0, PIECE, at),
      ]);
      if (of.bytesRead !== and.bytesRead) return false;
      if (left.compare(right, 0, and.bytesRead, 0, of.bytesRead) !== 0) return false;
    }
    return true;
  } finally {
    await Promise.all([a.close(), b.close()]);
  }
}
