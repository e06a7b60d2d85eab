/** The library's public door. */
export { parseStatsModel, type StatsModel } from './bids/stats-model.js';
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
export { type ArmaFit, fitArma } from './glm/arma/arma.js';
export { armaFMaps } from './glm/arma/arma-f-maps.js';
export { armaMaps } from './glm/arma/arma-maps.js';
export { parseContrast, parseFContrast } from './glm/contrast/contrast.js';
export { contrastMaps } from './glm/contrast/contrast-maps.js';
export { fContrastMaps } from './glm/contrast/f-contrast-maps.js';
export { combineFRuns, combineRuns } from './glm/contrast/fixed-effects.js';
export { minusLog10P } from './glm/contrast/log-p.js';
export {
  applyThreshold,
  type NetworkRule,
  type PermutationRule,
  type Threshold,
  type ThresholdRule,
  type TopRule,
} from './glm/contrast/threshold.js';
export { censoredBy } from './glm/design/censor.js';
export { type Confound, type DesignOptions, makeDesign } from './glm/design/design.js';
export type { Drift } from './glm/design/drift.js';
export { frameTimesOf } from './glm/design/frame-times.js';
export { HRFS, type Hrf } from './glm/design/hrf.js';
export { selectConfounds } from './glm/design/select-confounds.js';
export type { BrokenPolicy, BrokenUnits } from './glm/fit/broken-units.js';
export { type Fit, fitGlm, type Noise, rhoOf } from './glm/fit/fit.js';
export { inPercent } from './glm/fit/percent-signal.js';
export { type FittedKind, fittedSeries } from './glm/fit/residuals.js';
export { type Hommel, hommel, twoSidedP } from './glm/group/ari.js';
export {
  type GroupDiscoveries,
  groupsOfLayers,
  groupsOfModules,
  trueDiscoveries,
  type UnitGroup,
} from './glm/group/ari-groups.js';
export { type PermutationMaps, permutationTest } from './glm/group/permutation.js';
export { fitSecondLevel, pairedDifferences } from './glm/group/second-level.js';
export {
  oneSampleDesign,
  pairedDesign,
  subjectDesign,
  twoSampleDesign,
} from './glm/group/second-level-design.js';
export {
  clusterRobustMaps,
  clusterRobustTests,
} from './glm/prompts/cluster-robust/cluster-robust.js';
export { fitMixed, type MixedFit } from './glm/prompts/mixed/mixed.js';
export { mixedFMaps } from './glm/prompts/mixed/mixed-f-maps.js';
export { mixedMaps } from './glm/prompts/mixed/mixed-maps.js';
export { promptMeans } from './glm/prompts/prompt-means.js';
export {
  groupByPrompt,
  type PromptGroups,
  promptDesign,
} from './glm/prompts/prompts.js';
export { type PromptSums, sumByPrompt } from './glm/prompts/sums/prompt-sums.js';
export { joinRuns } from './glm/prompts/sums/prompt-sums-join.js';
export { type Int16Storage, int16Storage } from './image/bold-int16.js';
export { brainMask } from './image/brain-mask.js';
export { makeGrid, voxelOf } from './image/grid.js';
export { fromBold, type Intensity, measureIntensity, toBold } from './image/intensity.js';
export { openMask, seriesInMask } from './image/mask.js';
export { openNifti } from './image/open-nifti.js';
export { readMap, seriesOf } from './image/voxels.js';
export { writeMap, writeSeries } from './image/write-nifti.js';
export { findModules, type ScannedModule } from './model/find/modules.js';
export { selectModules } from './model/find/select.js';
export type { Gate, SetGates } from './model/open/gated-session.js';
export { loadTapped, type TappedModel } from './model/open/load.js';
export { locateModel, type ModelFolder } from './model/open/locate.js';
export { type BatchPlan, planBatches } from './model/scan/batches.js';
export { type ReadOptions, scanRead } from './model/scan/read.js';
export {
  type OnVolumes,
  type Prompt,
  type PromptVolumes,
  type Sampling,
  type ScannedToken,
  type ScanOptions,
  scanGenerate,
} from './model/scan/scan.js';
export { scoreTexts } from './model/scan/score.js';
export { besideControls, matchedSet } from './networks/controls.js';
export { accuracy, accuracyP, type Fold, identify } from './networks/identification.js';
export { type ChanceOverlap, chanceOverlap, type Overlap, overlap } from './networks/overlap.js';
export { type Icc, icc, meanCorrelation } from './networks/repeatability.js';
export { ridgeScores } from './networks/ridge.js';
export { readSkeleton } from './onnx/skeleton.js';
export { findRecordings, openRecording, openRecordings } from './recording/read.js';
export { type RunPlan, type RunTables, writeRecording } from './recording/write.js';
export { montage } from './report/montage.js';
export { showProgress, silentProgress } from './report/progress.js';
export { loadStudy, type Study } from './study/load.js';
export { type PlannedRun, planStudy } from './study/plan.js';
export {
  type CalibrateOptions,
  type CalibrateSummary,
  runCalibrate,
} from './workflow/calibrate.js';
export { type CollectOptions, type CollectSummary, runCollect } from './workflow/collect.js';
export { type CompareOptions, type CompareSummary, runCompare } from './workflow/compare.js';
export { type DemoSummary, runDemo } from './workflow/demo.js';
export { type ExportOptions, type ExportSummary, exportDataset } from './workflow/export.js';
export { exportRecordings } from './workflow/export-recordings.js';
export { type GenerateOptions, type GenerateSummary, runGenerate } from './workflow/generate.js';
export type { GlmNetwork, GlmOptions, GlmSummary } from './workflow/glm/options.js';
export { runGlm } from './workflow/glm.js';
export { type ImportSummary, importRecording } from './workflow/import.js';
export { type Inspection, inspectModel } from './workflow/inspect.js';
export { type LesionOptions, type LesionSummary, runLesion } from './workflow/lesion.js';
export type { LiveGlm } from './workflow/live.js';
export { type NetworksOptions, type NetworksSummary, runNetworks } from './workflow/networks.js';
export { type RecordOptions, type RecordSummary, recordStudy } from './workflow/record.js';
export { findUnits, type UnitsAnswer, type UnitsQuestion } from './workflow/units.js';
export { runWeights, type WeightsOptions, type WeightsSummary } from './workflow/weights.js';
