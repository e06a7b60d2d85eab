import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from '@huggingface/transformers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Progress } from '../../../src/core/progress.js';
import { PACKAGE_ROOT } from '../../../src/files/versions.js';
import { locateModel } from '../../../src/model/open/locate.js';
import { type HubServer, serveHub } from './hub-server.js';

const phantom = join(PACKAGE_ROOT, 'phantom');
const JSONS = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A model folder whose graphs are short texts: locating reads their names and hashes only. */
async function makeModel(
  name: string,
  onnx: readonly string[],
  config: unknown = {},
): Promise<string> {
  const root = join(folder, name);
  await mkdir(join(root, 'onnx'), { recursive: true });
  for (const file of JSONS) await writeFile(join(root, file), '{}');
  await writeFile(join(root, 'config.json'), JSON.stringify(config));
  for (const file of onnx) await writeFile(join(root, 'onnx', file), `the weights of ${file}`);
  return root;
}

test('the embedded model is found by name, and by its folder', async () => {
  const named = await locateModel('phantom');
  const foldered = await locateModel(phantom);
  expect(named.file).toBe(join(phantom, 'onnx', 'model.onnx'));
  expect(named.dtype).toBe('fp32');
  expect(foldered.sha256).toBe(named.sha256);
});

test('an unknown model is refused, and what there is is named', async () => {
  await expect(locateModel('galactica')).rejects.toMatchObject({
    code: 'model/unknown',
    message: expect.stringContaining('phantom'),
  });
});

test('a folder is found relative to the study that names it', async () => {
  await cp(phantom, join(folder, 'copy'), {
    recursive: true,
    filter: (path) => !path.includes('training') && !path.includes('corpus'),
  });
  expect((await locateModel('copy', { base: folder })).folder).toBe(join(folder, 'copy'));
});

describe('the graph of a folder', () => {
  const configured = (dtype: unknown) => ({ 'transformers.js_config': { dtype } });
  const both = ['model_fp16.onnx', 'model_q4.onnx'];

  test.each([
    ['fp32', 'model.onnx'],
    ['fp16', 'model_fp16.onnx'],
    ['q8', 'model_quantized.onnx'],
    ['int8', 'model_int8.onnx'],
    ['uint8', 'model_uint8.onnx'],
    ['q4', 'model_q4.onnx'],
    ['q4f16', 'model_q4f16.onnx'],
    ['bnb4', 'model_bnb4.onnx'],
  ] as const)('at %s is %s', async (dtype, file) => {
    const root = await makeModel(`at ${dtype}`, [file, 'model_fp16.onnx', 'model_q4f16.onnx']);
    const model = await locateModel(root, { dtype });
    expect(model).toMatchObject({ dtype, file: join(root, 'onnx', file) });
  });

  test.each([
    ['fp32 if there', ['model.onnx', ...both], configured('q4'), 'model.onnx'],
    ['else what the configuration says', both, configured('q4'), 'model_q4.onnx'],
    ['by file too', both, configured({ model: 'fp16' }), 'model_fp16.onnx'],
    [
      'else the only one there is',
      ['model_quantized.onnx'],
      configured('q4'),
      'model_quantized.onnx',
    ],
    [
      "older exports' name",
      ['decoder_model_merged_fp16.onnx'],
      {},
      'decoder_model_merged_fp16.onnx',
    ],
    ['the newer name before it', ['decoder_model_merged.onnx', 'model.onnx'], {}, 'model.onnx'],
  ])('by default is %s', async (name, files, config, chosen) => {
    const root = await makeModel(`default ${name}`, files, config);
    expect((await locateModel(root)).file).toBe(join(root, 'onnx', chosen));
  });

  test('a dtype that is not there is refused, and those that are are named', async () => {
    const root = await makeModel('no q8', both);
    await expect(locateModel(root, { dtype: 'q8' })).rejects.toMatchObject({
      code: 'model/no-dtype',
      expected: 'one of fp16 (onnx/model_fp16.onnx), q4 (onnx/model_q4.onnx)',
    });
  });

  test('several, of which none is the default, are named', async () => {
    await expect(locateModel(await makeModel('several', both))).rejects.toMatchObject({
      code: 'model/several-dtypes',
      expected: expect.stringContaining('fp16 (onnx/model_fp16.onnx), q4'),
    });
  });

  test('none at all', async () => {
    const root = await makeModel('bare', []);
    await expect(locateModel(root)).rejects.toMatchObject({ code: 'model/no-onnx' });
  });

  test.each(JSONS)('without %s', async (file) => {
    const root = await makeModel(`without ${file}`, ['model.onnx']);
    await rm(join(root, file));
    await expect(locateModel(root)).rejects.toMatchObject({
      code: 'model/incomplete',
      given: expect.stringContaining(file),
    });
  });

  test('without weights that the configuration tells of', async () => {
    const config = { 'transformers.js_config': { use_external_data_format: { 'model.onnx': 2 } } };
    const root = await makeModel('no weights', ['model.onnx', 'model.onnx_data'], config);
    await expect(locateModel(root)).rejects.toMatchObject({
      code: 'model/incomplete',
      given: expect.stringMatching(/no onnx\/model\.onnx_data_1$/),
    });
    await writeFile(join(root, 'onnx', 'model.onnx_data_1'), 'more');
    expect((await locateModel(root)).dtype).toBe('fp32');
  });
});

describe('from a server that serves models as the Hub would', () => {
  let hub: HubServer;
  const cache = () => join(folder, 'cache');
  const before = { host: env.remoteHost, cache: env.cacheDir };
  beforeAll(async () => {
    hub = await serveHub((model, revision) => {
      if (model === 'tests/gated') return 'gated';
      if (model === 'tests/phantom') return ['main', 'v1'].includes(revision) ? phantom : null;
      return model.startsWith('made/') ? join(folder, model) : null;
    });
    env.remoteHost = hub.url;
    env.cacheDir = cache();
  });
  afterEach(() => {
    env.remoteHost = hub.url;
    hub.breakOff(null);
    hub.forget();
  });
  afterAll(async () => {
    env.remoteHost = before.host;
    env.cacheDir = before.cache;
    await hub.close();
  });
  const goOffline = () => {
    env.remoteHost = 'http://127.0.0.1:9/';
  };

  test('what is needed is downloaded, with progress in bytes, and then read from the cache', async () => {
    const bars: { what: string; total: number; unit: string; done: number; ended: boolean }[] = [];
    const progress: Progress = {
      start: (what, size) => {
        const bar = { what, ...size, done: 0, ended: false };
        bars.push(bar);
        return {
          advance: (by) => {
            bar.done += by;
          },
          finish: () => {
            bar.ended = true;
          },
        };
      },
    };
    const model = await locateModel('tests/phantom', { base: folder, progress });
    expect(model).toMatchObject({
      id: 'tests/phantom',
      revision: 'main',
      dtype: 'fp32',
      file: join(cache(), 'tests/phantom/onnx/model.onnx'),
      sha256: (await locateModel('phantom')).sha256,
    });
    const files = [
      'tokenizer.json',
      'tokenizer_config.json',
      'generation_config.json',
      'onnx/model.onnx',
    ];
    expect(hub.downloads).toEqual(
      ['config.json', ...files].map((file) => `tests/phantom main ${file}`),
    );
    const sizes = await Promise.all(files.map((file) => stat(join(phantom, file))));
    const total = sizes.reduce((sum, { size }) => sum + size, 0);
    expect(bars).toEqual([
      { what: 'Downloading tests/phantom', total, unit: 'bytes', done: total, ended: true },
    ]);

    hub.forget();
    expect(await locateModel('tests/phantom', { base: folder, progress })).toEqual(model);
    expect(hub.requests).toEqual([]);
    goOffline();
    expect(await locateModel('tests/phantom', { dtype: 'fp32' })).toEqual(model);
    expect(bars).toHaveLength(1);
  });

  test('a revision has a place of its own and is recorded', async () => {
    const model = await locateModel('tests/phantom@v1');
    expect(model).toMatchObject({
      id: 'tests/phantom',
      revision: 'v1',
      file: join(cache(), 'tests/phantom/v1/onnx/model.onnx'),
    });
    expect(new Set(hub.requests.map((asked) => asked.split(' ')[1]))).toEqual(new Set(['v1']));
  });

  test.each([
    ['an id', 'tests/other', /tests\/other.*has no config\.json/],
    ['a revision', 'tests/phantom@v2', /revision v2/],
    ['a gated model', 'tests/gated', /may not be read/],
  ])('%s that cannot be had is refused', async (_, name, given) => {
    await expect(locateModel(name)).rejects.toMatchObject({
      code: 'model/not-on-hub',
      given: expect.stringMatching(given),
      todo: expect.stringContaining('HF_TOKEN'),
    });
  });

  test('no server, nothing in the cache', async () => {
    goOffline();
    await expect(locateModel('tests/never')).rejects.toMatchObject({
      code: 'model/not-downloaded',
      given: expect.stringContaining('http://127.0.0.1:9/'),
    });
  });

  test.each([['model.onnx'], ['model.onnx_data']])(
    'a download cut short in %s leaves no whole model, and goes on there',
    async (at) => {
      const id = `made/cut-${at}`;
      const config = { 'transformers.js_config': { use_external_data_format: true } };
      await makeModel(id, ['model.onnx', 'model.onnx_data'], config);
      hub.breakOff(at);
      await expect(locateModel(id)).rejects.toMatchObject({ code: 'model/not-downloaded' });
      const left = await readdir(join(cache(), id), { recursive: true });
      expect(left.filter((name) => name.endsWith('model.onnx') || /partial/.test(name))).toEqual(
        [],
      );
      const there = new Set(left.map((name) => `${id} main ${name}`));

      hub.breakOff(null);
      hub.forget();
      const model = await locateModel(id);
      expect(model.file).toBe(join(cache(), id, 'onnx/model.onnx'));
      expect(hub.downloads).toContain(`${id} main onnx/${at}`);
      expect(hub.downloads.filter((asked) => there.has(asked))).toEqual([]);
    },
  );

  test('weights beside the graph come with it, however many', async () => {
    const id = 'made/large';
    const files = ['model_q4.onnx', 'model_q4.onnx_data', 'model_q4.onnx_data_1'];
    await makeModel(id, ['model.onnx', ...files]);
    expect((await locateModel(id, { dtype: 'q4' })).dtype).toBe('q4');
    expect((await readdir(join(cache(), id, 'onnx'))).sort()).toEqual(files);
  });

  test('weights that the cache lacks are fetched, though the graph is there', async () => {
    const id = 'made/half';
    const config = { 'transformers.js_config': { use_external_data_format: 1 } };
    const root = await makeModel(id, ['model.onnx', 'model.onnx_data'], config);
    await cp(root, join(cache(), id), { recursive: true });
    await rm(join(cache(), id, 'onnx/model.onnx_data'));
    await locateModel(id);
    expect(hub.downloads).toEqual([`${id} main onnx/model.onnx_data`]);
  });

  test('the dtype is chosen among what the Hub has', async () => {
    await makeModel('made/two', ['model_fp16.onnx', 'model_q4.onnx']);
    await expect(locateModel('made/two')).rejects.toMatchObject({
      code: 'model/several-dtypes',
      expected: 'one of fp16 (onnx/model_fp16.onnx), q4 (onnx/model_q4.onnx)',
    });
    await expect(locateModel('made/two', { dtype: 'q8' })).rejects.toMatchObject({
      code: 'model/no-dtype',
    });
    await locateModel('made/two', { dtype: 'fp16' });
    expect(await readdir(join(cache(), 'made/two/onnx'))).toEqual(['model_fp16.onnx']);
    goOffline();
    expect((await locateModel('made/two', { dtype: 'fp16' })).dtype).toBe('fp16');
  });
});
