import { createReadStream } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PACKAGE_ROOT } from '../../src/files/versions.js';
import { locateModel } from '../../src/model/locate.js';

const phantom = join(PACKAGE_ROOT, 'phantom');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the embedded model is found by name, and by its folder', async () => {
  const named = await locateModel('phantom');
  const foldered = await locateModel(phantom);
  expect(named.file).toBe(join(phantom, 'onnx', 'model.onnx'));
  expect(foldered.sha256).toBe(named.sha256);
});

test('an unknown model is refused, and what there is is named', async () => {
  await expect(locateModel('galactica')).rejects.toMatchObject({
    code: 'model/unknown',
    message: expect.stringContaining('phantom'),
  });
});

test('a folder without onnx/ is refused', async () => {
  const bare = join(folder, 'bare');
  await mkdir(bare);
  await writeFile(join(bare, 'config.json'), '{}');
  await writeFile(join(bare, 'tokenizer.json'), '{}');
  await expect(locateModel(bare)).rejects.toMatchObject({ code: 'model/no-onnx' });
});

describe('from a server that serves the phantom as the Hub would', () => {
  let server: Server;
  const before = { host: env.remoteHost, cache: env.cacheDir };
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const [, file] = /^\/tests\/phantom\/resolve\/main\/(.+)$/.exec(request.url ?? '') ?? [];
      const found = file && (await stat(join(phantom, file)).catch(() => null));
      if (!found) return response.writeHead(404).end();
      response.writeHead(200, { 'content-length': found.size });
      createReadStream(join(phantom, file)).pipe(response);
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    env.remoteHost = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    env.cacheDir = join(folder, 'cache');
  });
  afterAll(async () => {
    env.remoteHost = before.host;
    env.cacheDir = before.cache;
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  test('a Hub id is downloaded by Transformers.js and read from its cache', async () => {
    const model = await locateModel('tests/phantom', folder);
    expect(model).toMatchObject({
      id: 'tests/phantom',
      revision: 'main',
      sha256: (await locateModel('phantom')).sha256,
    });
  });

  test('an id that the Hub does not have is refused', async () => {
    await expect(locateModel('tests/other', folder)).rejects.toMatchObject({
      code: 'model/not-downloaded',
    });
  });
});

test('a folder is found relative to the study that names it', async () => {
  await cp(phantom, join(folder, 'copy'), {
    recursive: true,
    filter: (path) => !path.includes('training') && !path.includes('corpus'),
  });
  expect((await locateModel('copy', folder)).folder).toBe(join(folder, 'copy'));
});
