import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { writeSmallStudy } from '../workflow/small-study.js';
import { captured } from '../workflow/streams.js';
import { havePeers, python, runPeer } from './peers.js';

/** nilearn's FirstLevelModel over both runs, driven by hand as the model says. */
const BY_HAND = `
import glob, json, sys
import nibabel as nib, numpy as np, pandas as pd
from nilearn.glm.first_level import FirstLevelModel
dataset, mask, prefix = sys.argv[1:]
bold = sorted(glob.glob(dataset + "/sub-phantom/func/*task-pathology_run-*_bold.nii.gz"))
events, confounds = [], []
for path in bold:
    table = pd.read_csv(path.replace("_bold.nii.gz", "_events.tsv"), sep="\\t")
    events.append(table[table.trial_type != "rest"][["onset", "duration", "trial_type"]])
    side = path.replace(dataset, dataset + "/derivatives/boldbridge").replace("_bold.nii.gz", "_desc-confounds_timeseries.tsv")
    table = pd.read_csv(side, sep="\\t")[["surprisal"]]
    confounds.append((table - table.mean()) / table.std())
model = FirstLevelModel(t_r=0.5, slice_time_ref=0, hrf_model="glover", drift_model="cosine", high_pass=0.02,
                        noise_model="ar1", mask_img=mask, signal_scaling=False, standardize=False, smoothing_fwhm=None)
model.fit(bold, events=events, confounds=confounds)
inside = np.asarray(nib.load(mask).dataobj) > 0
found = {}
for name, kind, stats in (("pathology", "t", {"effect": "effect_size", "variance": "effect_variance", "t": "stat", "z": "z_score"}),):
    theirs = model.compute_contrast(name, stat_type=kind, output_type="all")
    for stat, key in stats.items():
        a = np.asarray(nib.load(f"{prefix}_contrast-{name}_stat-{stat}_statmap.nii.gz").dataobj)[inside]
        b = theirs[key].get_fdata()[inside]
        found[stat] = float(np.max(np.abs(a - b) / np.maximum(np.abs(b), 1e-3 * np.abs(b).max())))
print(json.dumps({"units": int(inside.sum()), "runs": len(bold), **found}))
`;

const MODEL = {
  Name: 'byHand',
  BIDSModelVersion: '1.0.0',
  Input: { task: ['pathology'] },
  Nodes: [
    {
      Level: 'Run',
      Name: 'run',
      GroupBy: ['run', 'subject', 'task'],
      Transformations: {
        Transformer: 'pybids-transforms-v1',
        Instructions: [
          { Name: 'Filter', Input: ['trial_type'], Query: "trial_type != 'rest'" },
          { Name: 'Factor', Input: ['trial_type'] },
          { Name: 'Convolve', Input: ['trial_type.*'], Model: 'glover' },
          { Name: 'Scale', Input: ['surprisal'] },
        ],
      },
      Model: {
        Type: 'glm',
        X: ['trial_type.*', 'surprisal', 1],
        Options: { HighPassFilterCutoffHz: 0.02 },
        // nilearn averages runs in which a unit never changed; by default these are left out.
        Software: { boldbridge: { inference: 'volumes', noise: 'ar1', broken: 'refuse' } },
      },
      DummyContrasts: { Test: 't', Contrasts: ['trial_type.*'] },
    },
    {
      Level: 'Subject',
      Name: 'subject',
      GroupBy: ['subject', 'task', 'contrast'],
      Model: { Type: 'meta', X: [1] },
      DummyContrasts: { Test: 't' },
    },
  ],
};

describe.skipIf(!havePeers)('a BIDS Stats Model, and nilearn driven by hand', () => {
  let folder: string;
  const path = (...parts: string[]) => join(folder, ...parts);
  const run = async (...argv: string[]) => {
    const streams = captured();
    expect([await main([...argv, '--quiet'], streams), streams.errors()]).toEqual([0, '']);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stats-model-'));
    await run('record', await writeSmallStudy(folder), '--out', path('recordings'));
    await run('export', path('recordings'), path('dataset'));
    await writeFile(path('hand_smdl.json'), JSON.stringify(MODEL));
    await run('glm', path('dataset'), path('out'), '--model', path('hand_smdl.json'), '--log-p');
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('the maps of both runs together are the same', async () => {
    const found = await python<Record<string, number>>(
      BY_HAND,
      path('dataset'),
      path('dataset/derivatives/boldbridge/sub-phantom/anat/sub-phantom_desc-units_mask.nii.gz'),
      path('out/sub-phantom/func/sub-phantom_task-pathology'),
    );
    expect(found.runs).toBe(2);
    expect(found.units).toBeGreaterThan(1000);
    if (process.env.SHOW) console.log(found);
    for (const stat of ['effect', 'variance', 't', 'z']) {
      expect(found[stat], stat).toBeLessThan(1e-5);
    }
  });

  test('the BIDS validator finds no error in the maps', async () => {
    const report = await runPeer('bids-validator-deno', ['--format', 'json', path('out')]);
    const issues: { severity: string; code: string; location?: string }[] =
      JSON.parse(report).issues.issues;
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
