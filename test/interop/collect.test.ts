import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { type MatValue, readMat5 } from '../../src/files/mat5.js';
import { fieldAt, numbersAt, structOf } from '../../src/files/mat5-fields.js';
import { readNotes } from '../../src/image/header-notes.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { fixture, spmFolder } from '../tools/make-results.js';
import { goldenDataset } from '../workflow/golden-dataset.js';
import { captured } from '../workflow/streams.js';
import { havePeers, python } from './peers.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boldbridge-collect-peers-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** A value as plain JSON, as the script below writes scipy's. */
function plain(value: MatValue | undefined): unknown {
  if (value?.kind === 'numbers') return { shape: value.shape, values: [...value.values] };
  if (value?.kind === 'text') return value.rows;
  if (value?.kind === 'cell') return value.cells.map(plain);
  if (value?.kind !== 'struct') return value?.of;
  return value.elements.map((one) =>
    Object.fromEntries([...one].map(([name, own]) => [name, plain(own)])),
  );
}

const WRITE = `
import sys, json, numpy as np, scipy.io as sio
rng = np.random.default_rng(1)
whole = {t: rng.integers(0, 100, (3, 2)).astype(t) for t in
         ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")}
elements = np.zeros((1, 2), dtype=[("name", object), ("c", object)])
elements[0, 0] = ("a - b", np.array([[1.0], [-1.0]]))
elements[0, 1] = ("äöü", np.array([[0.5], [2.5]]))
cells = np.empty((1, 3), dtype=object)
cells[0] = ["one", np.arange(6.0).reshape(2, 3), np.array([[True, False]])]
data = {"single": rng.normal(size=(4, 3)).astype("float32"), "double": rng.normal(size=(2, 3, 4)),
        "text": np.array(["ab", "c"]), "cells": cells, "elements": elements, "aLongerNameThanFour": 1.0,
        **whole}
for name, packed in (("plain", False), ("packed", True)):
    sio.savemat(f"{sys.argv[1]}/{name}.mat", data, do_compression=packed)
def show(a): return {"shape": list(a.shape), "values": [float(v) for v in np.asarray(a).flatten("F")]}
print(json.dumps({
    **{k: show(v) for k, v in {**whole, "single": data["single"], "double": data["double"]}.items()},
    "aLongerNameThanFour": {"shape": [1, 1], "values": [1]},
    "text": ["ab", "c"],
    "cells": [["one"], show(cells[0, 1]), show(cells[0, 2].astype(float))],
    "elements": [{"name": [e["name"]], "c": show(e["c"])} for e in elements[0]],
}))
`;

const READ_SPM = `
import sys, json, scipy.io as sio
spm = sio.loadmat(sys.argv[1], squeeze_me=False, struct_as_record=False)["SPM"][0, 0]
x = spm.xX[0, 0]
flat = lambda a: [float(v) for v in a.flatten("F")]
print(json.dumps({"X": flat(x.X), "Bcov": flat(x.Bcov), "erdf": flat(x.erdf),
    "names": [str(n[0]) for n in x.name[0]],
    "contrasts": [[str(c.name[0]), str(c.STAT[0]), flat(c.c)] for c in spm.xCon.flatten()]}))
`;

const EXTENSION = `
import sys, json, nibabel
print(json.dumps([[e.get_code(), e.get_content().decode().rstrip("\\0").rstrip()]
    for e in nibabel.load(sys.argv[1]).header.extensions]))
`;

const NILEARN = `
import sys, json, numpy as np, pandas as pd
from nilearn.glm.first_level import FirstLevelModel
from nilearn.interfaces.bids import save_glm_to_bids
bold, mask, reg, out = sys.argv[1:]
x = np.loadtxt(reg)
design = pd.DataFrame(np.column_stack([x, np.ones(len(x))]), columns=["a", "b", "c", "drift", "constant"])
model = FirstLevelModel(t_r=1.5, mask_img=mask, noise_model="ols", signal_scaling=False, minimize_memory=False)
model.fit(bold, design_matrices=design)
save_glm_to_bids(model, contrasts={"a": "a", "aMinusB": "a - b"}, contrast_types={"a": "t", "aMinusB": "t"},
    out_dir=out, prefix="sub-01_task-x_run-1")
inside = np.asarray(model.masker_.mask_img_.dataobj) > 0
t = model.compute_contrast("a - b", stat_type="t", output_type="stat").get_fdata()[inside]
print(json.dumps({"t": t.tolist()}))
`;

describe.skipIf(!havePeers)('scipy', () => {
  test('writes what we read: every type, compressed or not', async () => {
    const expected = await python<Record<string, unknown>>(WRITE, folder);
    for (const name of ['plain', 'packed']) {
      const own = await readMat5(join(folder, `${name}.mat`));
      const shown = Object.fromEntries([...own].map(([key, value]) => [key, plain(value)]));
      expect(shown).toEqual(expected);
    }
  });

  test.each(['none', 'ar1'] as const)('reads the same in the SPM.mat of %s', async (name) => {
    const path = join(await spmFolder(name, join(folder, name)), 'SPM.mat');
    const theirs = await python<Record<string, unknown>>(READ_SPM, path);
    const spm = structOf((await readMat5(path)).get('SPM'))!;
    const contrasts = fieldAt(spm, 'xCon');
    if (contrasts?.kind !== 'struct') throw new Error('xCon is no struct');
    const names = fieldAt(spm, 'xX.name');
    expect({
      ...Object.fromEntries(
        ['X', 'Bcov', 'erdf'].map((key) => [key, [...numbersAt(spm, `xX.${key}`)]]),
      ),
      names: (plain(names) as string[][]).flat(),
      contrasts: contrasts.elements.map((one) => [
        ...(['name', 'STAT'] as const).map((key) => (plain(one.get(key)) as string[])[0]),
        [...numbersAt(one, 'c')],
      ]),
    }).toEqual(theirs);
  });
});

describe.skipIf(!havePeers)('nibabel and nilearn', () => {
  test.each(['ols', 'reml'])('nibabel reads the same extension of %s', async (name) => {
    const path = fixture('afni', `${name}.nii.gz`);
    const { extensions } = await readNotes(await openNifti(path));
    expect(extensions.map(({ code, text }) => [code, text])).toEqual(await python(EXTENSION, path));
  });

  test("nilearn's own maps come home", async () => {
    const { dataset, mask, values } = await goldenDataset(folder, { '01': [1] });
    const bold = join(dataset, 'sub-01', 'func', 'sub-01_task-x_run-1_bold.nii.gz');
    const reg = join(import.meta.dirname, '../golden/reg.txt');
    const maps = join(folder, 'nilearn');
    const theirs = await python<{ t: number[]; files: string[] }>(NILEARN, bold, mask, reg, maps);
    const out = join(folder, 'home');
    const streams = captured();
    const flags = ['--dataset', dataset, '--mask', mask, '--out', out, '--dof', '175', '--json'];
    const naming = ['--rename', 'aminusb=aMinusB']; // nilearn writes names in small letters
    const code = await main(['collect', maps, ...flags, ...naming], streams);
    expect(streams.errors()).toBe('');
    expect(code).toBe(0);
    const { rows } = JSON.parse(streams.output());
    expect(
      rows.map(({ contrast, statistic, run }: Record<string, unknown>) => [
        contrast,
        statistic,
        run,
      ]),
    ).toEqual([
      ['a', 't', '1'],
      ['aMinusB', 't', '1'],
    ]);
    const t = await values(
      join(out, 'sub-01', 'func', 'sub-01_task-x_run-1_contrast-aMinusB_stat-t_statmap.nii.gz'),
    );
    theirs.t.forEach((value, u) => {
      expect(t[u]).toBeCloseTo(value, 5);
    });
  });
});
