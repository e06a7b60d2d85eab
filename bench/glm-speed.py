"""What bench/glm-speed.mjs asks of nilearn and nibabel.

    python glm-speed.py make FOLDER X,Y,Z VOLUMES    a BIDS dataset of noise like BOLD, and masks
    python glm-speed.py fit IMAGE MASK EVENTS OUT    nilearn's FirstLevelModel, one contrast's z map
    python glm-speed.py compare A B                  the largest difference of two maps
"""

import json
import sys
import time
from pathlib import Path

TR = 0.8  # seconds: with 1000 volumes a cosine drift to 0.01 Hz has 16 columns
HIGH_PASS = 0.01
CONTRAST = "faces - houses"


def make(folder, shape, volumes):
    """AR(1) noise of a coefficient that varies over voxels, a mean of about 1000, a response in some."""
    import nibabel as nib
    import numpy as np
    from nilearn.glm.first_level import make_first_level_design_matrix
    import pandas as pd

    root, shape, n = Path(folder), tuple(map(int, shape.split(","))), int(volumes)
    func = root / "sub-01" / "func"
    func.mkdir(parents=True)
    rng = np.random.default_rng(1)
    voxels = int(np.prod(shape))
    block = 20
    onsets = np.arange(10, n * TR - 2 * block, block)
    kinds = [("faces", "houses")[i % 2] for i in range(len(onsets))]
    events = pd.DataFrame({"onset": onsets, "duration": block / 2, "trial_type": kinds})
    events.to_csv(func / "sub-01_task-see_run-1_events.tsv", sep="\t", index=False)
    design = make_first_level_design_matrix(
        np.arange(n) * TR, events, hrf_model="glover", drift_model="cosine", high_pass=HIGH_PASS
    )
    response = design["faces"].to_numpy()
    mean = rng.uniform(800, 1200, voxels).astype("float32")
    rho = rng.uniform(0, 0.6, voxels).astype("float32")
    effect = np.where(rng.uniform(size=voxels) < 0.1, 10, 0).astype("float32")
    header = nib.Nifti1Header()
    header.set_data_shape((*shape, n))
    header.set_data_dtype("float32")
    header.set_zooms((3, 3, 3, TR))
    header.set_xyzt_units("mm", "sec")
    header.set_slope_inter(1, 0)
    affine = np.diag([3, 3, 3, 1])
    header.set_sform(affine, 1)
    header["vox_offset"], header["magic"] = 352, b"n+1"
    with open(func / "sub-01_task-see_run-1_bold.nii", "wb") as file:
        file.write(header.binaryblock + bytes(4))
        noise = rng.standard_normal(voxels, dtype="float32")
        for t in range(n):
            fresh = rng.standard_normal(voxels, dtype="float32")
            noise = rho * noise + np.sqrt(1 - rho**2) * fresh
            file.write((mean + 15 * noise + effect * np.float32(response[t])).tobytes())
    sidecar = {"RepetitionTime": TR, "TaskName": "see"}
    (func / "sub-01_task-see_run-1_bold.json").write_text(json.dumps(sidecar))
    about = {"Name": "noise", "BIDSVersion": "1.10.0"}
    (root / "dataset_description.json").write_text(json.dumps(about))
    for percent in (100, 50, 10):
        inside = (np.arange(voxels) < voxels * percent / 100).astype("uint8")
        image = nib.Nifti1Image(inside.reshape(shape, order="F"), affine)
        nib.save(image, root / f"mask-{percent}.nii.gz")


def fit(image, mask, events, out):
    import pandas as pd
    from nilearn.glm.first_level import FirstLevelModel

    start = time.perf_counter()
    model = FirstLevelModel(
        t_r=TR,
        hrf_model="glover",
        drift_model="cosine",
        high_pass=HIGH_PASS,
        noise_model="ar1",
        mask_img=mask,
        smoothing_fwhm=None,
        standardize=False,
        signal_scaling=False,
    )
    model.fit(image, events=pd.read_csv(events, sep="\t"))
    model.compute_contrast(CONTRAST, output_type="z_score").to_filename(out)
    seconds = time.perf_counter() - start
    import nilearn

    columns = model.design_matrices_[0].shape[1]
    print(json.dumps({"seconds": seconds, "version": nilearn.__version__, "columns": columns}))


def compare(a, b):
    import nibabel as nib
    import numpy as np

    a, b = (np.asarray(nib.load(path).dataobj, dtype="float64") for path in (a, b))
    print(json.dumps({"largest": float(np.abs(a - b).max()), "range": float(np.abs(a).max())}))


{"make": make, "fit": fit, "compare": compare}[sys.argv[1]](*sys.argv[2:])
