/** The library's public door. */
export * from './core/design.js';
export * from './core/errors.js';
export * from './core/event.js';
export * from './core/grid.js';
export * from './core/module.js';
export * from './core/network.js';
export * from './core/progress.js';
export * from './core/recording.js';
export * from './core/runtime.js';
export * from './core/series.js';
export * from './core/statmap.js';
export { VERSION } from './files/versions.js';
export { parseContrast } from './glm/contrast/contrast.js';
export { contrastMaps } from './glm/contrast/contrast-maps.js';
export { combineRuns } from './glm/contrast/fixed-effects.js';
export { applyThreshold, type Threshold, type ThresholdRule } from './glm/contrast/threshold.js';
export { type Confound, type DesignOptions, makeDesign } from './glm/design/design.js';
export type { Drift } from './glm/design/drift.js';
export { frameTimesOf } from './glm/design/frame-times.js';
export type { Hrf } from './glm/design/hrf.js';
export { type Fit, fitGlm, type Noise, rhoOf } from './glm/fit/fit.js';
export {
  groupByPrompt,
  type PromptGroups,
  promptDesign,
  promptMeans,
} from './glm/prompts/prompts.js';
export { makeGrid, voxelOf } from './image/grid.js';
export { fromBold, type Intensity, measureIntensity, toBold } from './image/intensity.js';
export { openMask, seriesInMask } from './image/mask.js';
export { openNifti } from './image/open-nifti.js';
export { readMap, seriesOf } from './image/voxels.js';
export { writeMap, writeSeries } from './image/write-nifti.js';
export { findModules, type ScannedModule } from './model/find/modules.js';
export { selectModules } from './model/find/select.js';
export { loadTapped, type TappedModel } from './model/open/load.js';
export { locateModel, type ModelFolder } from './model/open/locate.js';
export { type BatchPlan, type Mode, planBatches } from './model/scan/batches.js';
export { type ReadOptions, scanRead } from './model/scan/read.js';
export {
  type OnVolume,
  type Prompt,
  type Sampling,
  type ScannedToken,
  type ScanOptions,
  scanGenerate,
} from './model/scan/scan.js';
export { type Overlap, overlap } from './networks/overlap.js';
export { readSkeleton } from './onnx/skeleton.js';
export { findRecordings, openRecording, openRecordings } from './recording/read.js';
export { type RunPlan, type RunTables, writeRecording } from './recording/write.js';
export { montage } from './report/montage.js';
export { showProgress, silentProgress } from './report/progress.js';
export { loadStudy, type Study } from './study/load.js';
export { type PlannedRun, planStudy } from './study/plan.js';
export { type DemoSummary, runDemo } from './workflow/demo.js';
export { type ExportOptions, type ExportSummary, exportDataset } from './workflow/export.js';
export { exportRecordings } from './workflow/export-recordings.js';
export { type GlmOptions, type GlmSummary, runGlm } from './workflow/glm.js';
export { type Inspection, inspectModel } from './workflow/inspect.js';
export { type RecordOptions, type RecordSummary, recordStudy } from './workflow/record.js';
