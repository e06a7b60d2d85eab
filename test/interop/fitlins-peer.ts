/**
 * A small BIDS dataset: 3 subjects of 2 runs, three conditions, two confounds, AR(1) noise. All voxels
 * have a mean of 100, to which fitlins (nilearn's signal_scaling) brings them, so that effects compare.
 * Arguments: folder, repetition time, volumes, and volumes from event to event.
 */
export const SIMULATE = `
import json, os, sys
import nibabel as nib, numpy as np, pandas as pd
root, tr, n, gap = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
rng = np.random.default_rng(3)
shape, affine = (7, 6, 6), np.diag([3.0, 3, 3, 1])
mask = np.zeros(shape, "u1"); mask[1:-1, 1:-1, 1:-1] = 1
prep = root + "/derivatives/prep"
os.makedirs(prep)
def write(path, text):
    with open(path, "w") as file: file.write(text)
kind = {"DatasetType": "derivative", "GeneratedBy": [{"Name": "prep"}]}
for place, more in ((root, {}), (prep, kind)):
    write(place + "/dataset_description.json", json.dumps({"Name": "simulated", "BIDSVersion": "1.8.0", **more}))
write(root + "/task-x_bold.json", json.dumps({"TaskName": "x", "RepetitionTime": tr}))
nib.save(nib.Nifti1Image(mask, affine), root + "/mask.nii.gz")
truth = rng.normal(size=shape + (2,)) * 3
for sub in ("01", "02", "03"):
    own = truth + rng.normal(size=truth.shape)
    for run in (1, 2):
        func, side = (f"{place}/sub-{sub}/func" for place in (root, prep))
        os.makedirs(func, exist_ok=True); os.makedirs(side, exist_ok=True)
        stem = f"sub-{sub}_task-x_run-{run}"
        onset = np.arange(2, n - gap, gap)
        length = rng.integers(1, 1 + gap // 2, len(onset))
        kinds = rng.permutation(np.resize(["a", "b", "c"], len(onset)))
        confounds = pd.DataFrame({"motion": rng.normal(size=n).cumsum() / 3, "wave": np.sin(np.arange(n) / 5) + rng.normal(size=n) / 10})
        confounds.to_csv(f"{side}/{stem}_desc-confounds_timeseries.tsv", sep="\\t", index=False)
        # 0.01 s more in one onset of the fast runs has pybids sample the response at its finest.
        starts = np.round(onset * tr, 2); starts[0] += 0.01 if tr < 1 else 0
        pd.DataFrame({"onset": starts, "duration": np.round(tr * np.minimum(length, 1), 2), "trial_type": kinds,
            "rt": np.round(rng.uniform(0.4, 1.6, len(onset)), 3), "lasting": np.round(tr * length, 2)}
            ).to_csv(f"{func}/{stem}_events.tsv", sep="\\t", index=False)
        x = np.zeros((n, 2))
        for o, l, k in zip(onset, length, kinds):
            if k != "c": x[o:o + l, "ab".index(k)] = 1
        noise = rng.normal(size=shape + (n,))
        for v in range(1, n): noise[..., v] += 0.4 * noise[..., v - 1]
        y = own @ x.T + confounds.motion.to_numpy() + 3 * noise
        y = (y - y.mean(-1, keepdims=True) + 100) * mask[..., None]
        image = nib.Nifti1Image(y.astype("f4"), affine)
        image.header.set_zooms((3, 3, 3, tr)); image.header.set_xyzt_units("mm", "sec")
        nib.save(image, f"{func}/{stem}_bold.nii.gz")
        nib.save(nib.Nifti1Image(mask, affine), f"{side}/{stem}_desc-brain_mask.nii.gz")
print("true")
`;

/** fitlins itself, in one process and without drawing its figures: a third of the time. */
export const FITLINS = `
import contextlib, json, sys
from nipype.pipeline.engine import Workflow
inherited = Workflow.run
Workflow.run = lambda self, **_: inherited(self, plugin="Linear")
from fitlins.interfaces import visualizations as shown
for figure in (shown.DesignPlot, shown.DesignCorrelationPlot, shown.ContrastMatrixPlot, shown.GlassBrainPlot):
    figure._visualize = lambda self, data, name: open(name, "w").close()
from fitlins.cli.run import run_fitlins
dataset, model, out, work, *more = sys.argv[1:]
code = None
with contextlib.redirect_stdout(sys.stderr):
    try:
        code = run_fitlins([dataset, out, "dataset", "-m", model, "-w", work, "--space", "", "--desc-label", "", "--estimator", "nilearn", *more])
    except SystemExit as end:
        code = end.code
print(json.dumps(code or 0))
`;

/**
 * Largest difference of each kind of map, over the largest value of the map, over all maps of fitlins at
 * one node; names in ours are of the level (run, subject, dataset).
 */
export const COMPARE = `
import glob, json, re, sys
import nibabel as nib, numpy as np
mask, theirs, ours, node = sys.argv[1:]
inside = nib.load(mask).get_fdata() > 0
found = {"maps": 0}
for path in sorted(glob.glob(f"{theirs}/node-{node}/**/*_statmap.nii.gz", recursive=True)):
    named = re.search(r"/(?:sub-(\\d+)_)?(?:run-(\\d)_)?contrast-(\\w+)_stat-(effect|variance|t|F|z)_statmap", path)
    if not named: continue
    sub, run, contrast, stat = named.groups()
    contrast = re.sub("^trialType(.)", lambda m: m[1].lower(), contrast)
    place = f"sub-{sub}/func/sub-{sub}_" if sub else "group/"
    mine = f"{ours}/{place}{f'task-x_run-{run}_' if run else ''}contrast-{contrast}_stat-{stat}_statmap.nii.gz"
    # Of an F test fitlins writes the effect of its rows too.
    if stat in ("effect", "variance") and "any" in contrast: continue
    a, b = (nib.load(p).get_fdata()[inside] for p in (mine, path))
    assert b.any(), path
    found["maps"] += 1
    found[stat] = max(found.get(stat, 0), float(np.abs(a - b).max() / np.abs(b).max()))
print(json.dumps(found))
`;
