import { TOKEN_VOLUME_RULES, type TokenVolumeRule } from '../core/recording.js';
import { BASELINE, STEP } from '../image/intensity.js';
import { hemodynamicsKey } from './hemodynamics.js';
import type { BoldDtype, ImageRun } from './image-run.js';
import type { JsonObject } from './json.js';
import { softwareVersions } from './software-versions.js';
import { volumeRule } from './volume-rule.js';

const TASKS: Readonly<Record<TokenVolumeRule, string>> = {
  generate: 'The model continues each prompt token by token.',
  read: 'The model reads each prompt token by token.',
};

const QUANTIZATION: Readonly<Record<BoldDtype, string>> = {
  float32:
    'float32: S is rounded by at most half an ulp, 2^-11 for S from 8192 to 16384, which is 4.9e-6 sd; the bound doubles at each power of two above and halves at each below',
  int16:
    "int16 with a slope of 0.4 to 0.5 (the header's), no intercept: a value is rounded by one and a half steps at most, the mean over n volumes of a prompt by half a step / n; about a third of a step in root mean square, which is 1/590 sd at a slope of 0.5",
};

/** The sidecar of a run's _bold.nii.gz; keys beyond BIDS are explained in the dataset's README. */
export function boldSidecar(run: ImageRun): JsonObject {
  const { recording, dtype } = run;
  const { id, taskDescription, repetitionTime, provenance, stimuli } = recording;
  const { model, seed, sampling, tokenVolumeRule } = provenance;
  const conditions = [...new Set(stimuli.map(({ event }) => event.trialType))];
  return {
    TaskName: id.task,
    TaskDescription: `${taskDescription ?? TASKS[tokenVolumeRule]} Conditions: ${conditions.join(', ')}.`,
    Instructions: 'None beyond the text of the prompts.',
    RepetitionTime: repetitionTime,
    Model: {
      Id: model.id,
      Revision: model.revision,
      SHA256: model.sha256,
      Dtype: model.dtype,
      Architecture: model.architecture,
      HeadWidth: model.headWidth,
    },
    Seed: seed,
    Sampling: sampling,
    Volumes: volumeRule(run),
    TokenVolumeRule: { Name: tokenVolumeRule, Description: TOKEN_VOLUME_RULES[tokenVolumeRule] },
    Hemodynamics: hemodynamicsKey(run),
    Intensity: {
      Formula: 'S = Baseline + Step * (activation - mean) / sd',
      Baseline: BASELINE,
      Step: STEP,
      Scope: "Mean and sd of each unit over all volumes of this kind of the subject's session",
      Quantization: QUANTIZATION[dtype],
    },
    SoftwareVersions: softwareVersions(provenance),
  };
}
