import { PassThrough } from 'node:stream';
import type { Streams } from '../../src/cli.js';

/** Streams that keep what is written to them. */
export function captured(): Streams & { output(): string; errors(): string } {
  const keep = () => {
    const chunks: Buffer[] = [];
    const stream = new PassThrough();
    stream.on('data', (chunk) => chunks.push(chunk));
    return {
      stream: stream as unknown as NodeJS.WriteStream,
      text: () => Buffer.concat(chunks).toString(),
    };
  };
  const [out, err] = [keep(), keep()];
  return { stdout: out.stream, stderr: err.stream, output: out.text, errors: err.text };
}
