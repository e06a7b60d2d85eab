import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A server that serves folders as the Hub serves models, ranges included. */
export interface HubServer {
  readonly url: string;
  /** Files asked for since the last `forget`, as `model revision file`; without ranges of a byte. */
  readonly downloads: string[];
  /** All requests since then. */
  readonly requests: string[];
  forget(): void;
  /** Breaks the connection in the middle of files whose name ends so; null stops that. */
  breakOff(ending: string | null): void;
  close(): Promise<void>;
}

/** @param folderOf where a model's revision lies; null where there is none, `gated` where it is gated */
export async function serveHub(
  folderOf: (model: string, revision: string) => string | null | 'gated',
): Promise<HubServer> {
  const downloads: string[] = [];
  const requests: string[] = [];
  let broken: string | null = null;
  const server = createServer(async (request, response) => {
    const [, model = '', revision = '', file = ''] =
      /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(request.url ?? '') ?? [];
    const asked = `${model} ${decodeURIComponent(revision)} ${file}`;
    requests.push(asked);
    const folder = folderOf(model, decodeURIComponent(revision));
    if (folder === 'gated') return response.writeHead(401).end();
    const path = folder && join(folder, file);
    const found = path && (await stat(path).catch(() => null));
    if (!path || !found) return response.writeHead(404).end();
    if (request.headers.range === 'bytes=0-0') {
      response.writeHead(206, {
        'content-length': 1,
        'content-range': `bytes 0-0/${found.size}`,
      });
      return createReadStream(path, { end: 0 }).pipe(response);
    }
    downloads.push(asked);
    response.writeHead(200, { 'content-length': found.size });
    if (broken === null || !file.endsWith(broken)) return createReadStream(path).pipe(response);
    const half = createReadStream(path, { end: Math.floor(found.size / 2) });
    half.on('end', () => response.destroy());
    return half.pipe(response, { end: false });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    downloads,
    requests,
    forget: () => {
      downloads.length = 0;
      requests.length = 0;
    },
    breakOff: (ending) => {
      broken = ending;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
