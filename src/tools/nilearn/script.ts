import type { HandoffDesign, HandoffRun, HandoffStudy } from '../../core/handoff.js';

/** Text, numbers and nothing as Python literals. */
const literal = (value: string | number | null): string =>
  value === null ? 'None' : typeof value === 'string' ? JSON.stringify(value) : String(value);

/** nilearn's name of a response: `spm + derivative`. */
export function hrfModel({ conditions }: HandoffRun): string | null {
  const { model = 'none', derivative = false, dispersion = false } = conditions[0]?.response ?? {};
  if (model === 'none') return null;
  return [model, ...(derivative ? ['derivative'] : []), ...(dispersion ? ['dispersion'] : [])].join(
    ' + ',
  );
}

/** What nilearn is told of the design that it makes itself. */
function ofDesign(run: HandoffRun): string[] {
  const { drift, conditions, sliceTimeRef } = run;
  const delays = conditions[0]?.response.delays ?? [];
  const isCosine = drift.model === 'cosine' && drift.highPass > 0;
  return [
    't_r=runs[0]["repetition_time"],',
    `slice_time_ref=${literal(sliceTimeRef)},`,
    `hrf_model=${literal(hrfModel(run))},`,
    ...(delays.length > 0 ? [`fir_delays=[${delays.join(', ')}],`] : []),
    `drift_model=${isCosine ? '"cosine"' : drift.model === 'polynomial' ? '"polynomial"' : 'None'},`,
    ...(isCosine ? [`high_pass=${literal(drift.highPass)},`] : []),
    ...(drift.model === 'polynomial' ? [`drift_order=${drift.order},`] : []),
  ];
}

const FIT: Readonly<Record<HandoffDesign, string>> = {
  exact: `\
    designs = [table(run, "design.tsv") for run in runs]
    return model.fit(images, design_matrices=designs)`,
  native: `\
    events = [table(run, "events.tsv") for run in runs]
    confounds = None
    if any(run["has_confounds"] for run in runs):
        confounds = [table(run, "confounds.tsv") for run in runs]
    return model.fit(images, events=events, confounds=confounds)`,
};

const indented = (lines: readonly string[]) => lines.map((line) => `        ${line}\n`).join('');

/** glm.py: short enough to be read and changed. */
export const script = ({ runs, design, noise }: HandoffStudy): string => `\
"""Fits every run, then the runs of each group together (fixed effects), with nilearn.

Maps are written to results/, named as BIDS names them: effect, variance, t or F, z and p of each contrast.
"""

import csv
import json
import re
from pathlib import Path

import nilearn
import numpy as np
import pandas as pd
from nilearn.glm.first_level import FirstLevelModel
from nilearn.masking import intersect_masks

HERE = Path(__file__).resolve().parent
OUTPUTS = {"effect": "effect_size", "variance": "effect_variance", "z": "z_score", "p": "p_value"}


def table(run, name):
    """A table as it stands: names are never read as numbers or as missing."""
    path = HERE / run["name"] / name
    return pd.read_csv(
        path, sep="\\t", dtype={"trial_type": str}, keep_default_na=False, quoting=csv.QUOTE_NONE
    )


def fit(runs):
    """One model of some runs, over the units that all of them have."""
    masks = [str(HERE / run["mask"]) for run in runs]
    model = FirstLevelModel(
${design === 'native' ? indented(ofDesign(runs[0])) : ''}\
        mask_img=intersect_masks(masks, threshold=1, connected=False),
        noise_model=${noise === 'white' ? '"ols"' : '"ar1"'},
        smoothing_fwhm=None,  # neighbouring voxels need have nothing in common
        standardize=False,
        signal_scaling=False,
    )
    images = [str(HERE / run["bold"]) for run in runs]
${FIT[design]}


def weights(run, design, test, name):
    """A contrast's rows over the columns of a run's design; zeros where the run has no such contrast."""
    rows = run[test].get(name, [{}])
    missing = {column for row in rows for column in row} - set(design.columns)
    if missing:
        raise ValueError(f"{run['name']}: the design has no {sorted(missing)}")
    return np.array([[row.get(column, 0) for column in design.columns] for row in rows])


def write_maps(name, runs):
    """Fits some runs and writes the maps of each of their contrasts."""
    model = fit(runs)
    designs = model.design_matrices_
    folder = HERE.joinpath("results", *re.findall("(?:sub|ses)-[^_]+", name), "func")
    folder.mkdir(parents=True, exist_ok=True)
    for test in ("t", "F"):
        for contrast in dict.fromkeys(own for run in runs for own in run[test]):
            own = [run for run in runs if contrast in run[test]]
            vectors = [weights(run, x, test, contrast) for run, x in zip(runs, designs)]
            maps = model.compute_contrast(
                [v[0] if test == "t" else v for v in vectors], stat_type=test, output_type="all"
            )
            about = {
                "Contrast": contrast,
                "DegreesOfFreedom": sum(
                    len(x) - int(np.linalg.matrix_rank(x)) for run, x in zip(runs, designs) if run in own
                ),
                "NoiseModel": model.noise_model,
                "SkullStripped": False,
                "Sources": [run["bold"] for run in own],
                "SoftwareVersions": f"nilearn {nilearn.__version__}",
            }
            outputs = {test: "stat", **OUTPUTS}
            if test == "F":
                about["NumeratorDegreesOfFreedom"] = int(np.linalg.matrix_rank(vectors[runs.index(own[0])]))
                outputs = {stat: outputs[stat] for stat in ("F", "z", "p")}
            for stat, output in outputs.items():
                stem = f"{name}_contrast-{contrast}_stat-{stat}_statmap"
                maps[output].to_filename(folder / f"{stem}.nii.gz")
                sidecar = json.dumps({**about, "Statistic": stat}, indent=2)
                (folder / f"{stem}.json").write_text(f"{sidecar}\\n", encoding="utf-8")


groups = {}
for run in json.loads((HERE / "runs.json").read_text(encoding="utf-8")):
    print(run["name"], flush=True)
    write_maps(run["name"], [run])
    groups.setdefault(run["group"], []).append(run)
for group, runs in groups.items():
    if len(runs) > 1:
        print(group, f"({len(runs)} runs)", flush=True)
        write_maps(group, runs)
print("Done:", HERE / "results")
`;

/** Starts the script with the Python that PYTHON names, or python3. */
export const RUN_SH = `#!/usr/bin/env bash
# Fits all runs with nilearn. PYTHON names a Python that has nilearn, else python3 is taken.
set -euo pipefail
cd "$(dirname "\${BASH_SOURCE[0]}")"
exec "\${PYTHON:-python3}" glm.py
`;
