import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli.js';
import { writeSmallStudy } from '../workflow/small-study.js';
import { captured } from '../workflow/streams.js';
import { havePeers, python, runPeer } from './peers.js';

/**
 * Largest differences of our maps from nilearn's, for the same run of a recording of the phantom:
 * token-level maps from its run_glm; prompt-level ones from its run_glm over means of each prompt.
 */
const COMPARE = `
import json, sys
import nibabel as nib, numpy as np, pandas as pd
from nilearn.glm.contrasts import compute_contrast
from nilearn.glm.first_level import make_first_level_design_matrix, run_glm
bold, events, mask, prefix, noise, sample = sys.argv[1:]
inside = np.asarray(nib.load(mask).dataobj) > 0
image = nib.load(bold)
y = image.get_fdata()[inside].T
tr = float(image.header.get_zooms()[3])
events = pd.read_csv(events, sep="\\t")
times = np.arange(len(y)) * tr
tasks = events[events.trial_type != "rest"][["onset", "duration", "trial_type"]]
x = make_first_level_design_matrix(times, tasks, hrf_model=None, drift_model=None)
if sample == "prompts":
    prompt = np.searchsorted(events.onset.to_numpy(), times + 1e-6, side="right") - 1
    means = lambda a: np.stack([a[prompt == p].mean(0) for p in range(len(events))])
    y, x = means(y), pd.DataFrame(means(x.to_numpy()), columns=x.columns)
labels, results = run_glm(y, x.to_numpy(), noise_model=noise)
contrast = compute_contrast(labels, results, np.eye(x.shape[1])[0])
theirs = {"effect": contrast.effect_size(), "variance": contrast.effect_variance(),
          "t": contrast.stat(), "z": contrast.z_score(), "p": contrast.p_value()}
differences = {}
for stat, values in theirs.items():
    ours = np.asarray(nib.load(f"{prefix}_stat-{stat}_statmap.nii.gz").dataobj)[inside]
    values = np.ravel(values)
    differences[stat] = float(np.max(np.abs(ours - values) / np.maximum(np.abs(values), 1e-3 * np.abs(values).max())))
print(json.dumps({"columns": list(x.columns), "units": int(inside.sum()), "active": int((np.abs(theirs["z"]) > 3).sum()), **differences}))
`;

describe.skipIf(!havePeers)('nilearn, on a recording of the phantom', () => {
  let folder: string;
  const path = (...parts: string[]) => join(folder, ...parts);
  const run = async (...argv: string[]) => {
    const streams = captured();
    expect([await main([...argv, '--quiet'], streams), streams.errors()]).toEqual([0, '']);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nilearn-'));
    await run('record', await writeSmallStudy(folder), '--out', path('recordings'));
    await run('export', path('recordings'), path('dataset'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    ['prompts', 'ols'],
    ['volumes', 'ols'],
    ['volumes', 'ar1'],
  ])('%s as the sample, %s: the same maps', async (sample, noise) => {
    const out = path(`${sample}-${noise}`);
    const model = ['--hrf', 'none', '--drift', 'none', '--inference', sample, '--noise', noise];
    await run('glm', path('dataset'), out, ...model);
    const name = 'sub-phantom/func/sub-phantom_task-pathology_run-1';
    const found = await python<Record<string, number | string[]>>(
      COMPARE,
      path('dataset', `${name}_bold.nii.gz`),
      path('dataset', `${name}_events.tsv`),
      path('dataset/derivatives/boldbridge/sub-phantom/anat/sub-phantom_desc-units_mask.nii.gz'),
      join(out, `${name}_contrast-pathology`),
      noise,
      sample,
    );
    expect(found.columns).toEqual(['pathology', 'constant']);
    expect(found.active).toBeGreaterThan(10);
    for (const stat of ['effect', 'variance', 't', 'z', 'p']) {
      expect(found[stat], stat).toBeLessThan(1e-6);
    }
  });

  test('the BIDS validator finds no error in the maps', async () => {
    const report = JSON.parse(
      await runPeer('bids-validator-deno', ['--format', 'json', path('prompts-ols')]),
    );
    const issues: { severity: string; code: string }[] = report.issues.issues;
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect([...new Set(issues.map(({ code }) => code))]).toEqual(['TOO_FEW_AUTHORS']);
  });
});
