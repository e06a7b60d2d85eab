import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesBelow } from '../../src/files/below.js';
import { writeZip } from '../../src/files/zip.js';
import { exportDataset } from '../../src/workflow/export.js';
import { simulateRecording } from '../workflow/simulate.js';
import { havePeers, python } from './peers.js';

const SCRIPT = `
import filecmp, json, os, sys, tempfile, zipfile
archive, dataset = sys.argv[1:]
with zipfile.ZipFile(archive) as z:
    place = tempfile.mkdtemp()
    bad = z.testzip()
    z.extractall(place)
    names = z.namelist()
same = [filecmp.cmp(os.path.join(place, n), os.path.join(os.path.dirname(dataset), n), False) for n in names]
print(json.dumps({"bad": bad, "names": names, "same": all(same)}))
`;

describe.skipIf(!havePeers)("Python's zipfile", () => {
  test('reads the archive of a dataset and finds every file as it is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'zipfile-'));
    const dataset = join(folder, 'dataset');
    await exportDataset({ recordings: [simulateRecording()], dataset, force: false });
    await writeZip(`${dataset}.zip`, dataset);
    const found = await python<object>(SCRIPT, `${dataset}.zip`, dataset);
    const names = (await filesBelow(dataset)).map((name) => `dataset/${name}`);
    expect(found).toEqual({ bad: null, names, same: true });
    await rm(folder, { recursive: true });
  });
});
