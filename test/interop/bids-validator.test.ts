import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Recording } from '../../src/core/recording.js';
import { openRecordings } from '../../src/recording/read.js';
import { silentProgress } from '../../src/report/progress.js';
import { exportDataset } from '../../src/workflow/export.js';
import { recordStudy } from '../../src/workflow/record.js';
import { simulateRecording } from '../workflow/simulate.js';
import { writeSmallStudy } from '../workflow/small-study.js';
import { havePeers, runPeer } from './peers.js';

const SCANNER = 'a property of MRI hardware or sequences: there is none';
const INSTITUTION = 'where a scanner stands: there is none';
const HUMAN = "a term of human cognition: a language model's task has none";

/** Warnings that remain in the raw dataset, and why. A new one, or one that went, fails the test. */
const RAW_WARNINGS: Readonly<Record<string, string>> = {
  'JSON_KEY_RECOMMENDED HEDVersion': 'no HED tags are used',
  'JSON_KEY_RECOMMENDED License': "the dataset's owner chooses it",
  'JSON_KEY_RECOMMENDED SourceDatasets': 'the source is a recording, not a dataset',
  'NO_AUTHORS Authors': "the dataset's owner names them",
  TOO_FEW_AUTHORS: "the dataset's owner names them",
  'SIDECAR_KEY_RECOMMENDED CogAtlasID': HUMAN,
  'SIDECAR_KEY_RECOMMENDED CogPOID': HUMAN,
  'SIDECAR_KEY_RECOMMENDED CoilCombinationMethod': SCANNER,
  'SIDECAR_KEY_RECOMMENDED DeviceSerialNumber': SCANNER,
  'SIDECAR_KEY_RECOMMENDED DwellTime': SCANNER,
  'SIDECAR_KEY_RECOMMENDED EchoTime': SCANNER,
  'SIDECAR_KEY_RECOMMENDED FlipAngle': SCANNER,
  'SIDECAR_KEY_RECOMMENDED InstitutionAddress': INSTITUTION,
  'SIDECAR_KEY_RECOMMENDED InstitutionName': INSTITUTION,
  'SIDECAR_KEY_RECOMMENDED InstitutionalDepartmentName': INSTITUTION,
  'SIDECAR_KEY_RECOMMENDED MRAcquisitionType': SCANNER,
  'SIDECAR_KEY_RECOMMENDED MagneticFieldStrength': SCANNER,
  'SIDECAR_KEY_RECOMMENDED Manufacturer': SCANNER,
  'SIDECAR_KEY_RECOMMENDED ManufacturersModelName': SCANNER,
  'SIDECAR_KEY_RECOMMENDED MatrixCoilMode': SCANNER,
  'SIDECAR_KEY_RECOMMENDED NonlinearGradientCorrection': SCANNER,
  'SIDECAR_KEY_RECOMMENDED PhaseEncodingDirection': SCANNER,
  'SIDECAR_KEY_RECOMMENDED PulseSequenceDetails': SCANNER,
  'SIDECAR_KEY_RECOMMENDED PulseSequenceType': SCANNER,
  'SIDECAR_KEY_RECOMMENDED ReceiveCoilActiveElements': SCANNER,
  'SIDECAR_KEY_RECOMMENDED ReceiveCoilName': SCANNER,
  'SIDECAR_KEY_RECOMMENDED ScanningSequence': SCANNER,
  'SIDECAR_KEY_RECOMMENDED SequenceName': SCANNER,
  'SIDECAR_KEY_RECOMMENDED SequenceVariant': SCANNER,
  'SIDECAR_KEY_RECOMMENDED StationName': INSTITUTION,
  'SIDECAR_KEY_RECOMMENDED TotalReadoutTime': SCANNER,
};

const DERIVATIVE_WARNINGS: Readonly<Record<string, string>> = {
  TOO_FEW_AUTHORS: "the dataset's owner names them",
};

interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly subCode?: string;
  readonly location?: string;
  readonly issueMessage?: string;
}

async function validate(dataset: string) {
  const report = JSON.parse(await runPeer('bids-validator-deno', ['--format', 'json', dataset]));
  const issues: readonly Issue[] = report.issues.issues;
  const warnings = issues.filter(({ severity }) => severity === 'warning');
  const names = warnings.map(({ code, subCode }) => (subCode ? `${code} ${subCode}` : code));
  return {
    errors: issues.filter(({ severity }) => severity === 'error'),
    warnings: [...new Set(names)].sort(),
    files: report.summary.totalFiles as number,
  };
}

describe.skipIf(!havePeers)('the BIDS validator', () => {
  let folder: string;
  let dataset: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'validator-'));
    dataset = join(folder, 'dataset');
    const recordings = [
      simulateRecording(),
      simulateRecording({ seed: 2, id: { run: 2 } }),
      simulateRecording({ seed: 3, id: { subject: '02', session: 'a' } }),
      simulateRecording({
        seed: 4,
        id: { subject: '02', session: 'b', task: 'other' },
        prompts: 6,
      }),
    ];
    await exportDataset({ recordings, dataset, force: false });
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('finds no error in the raw dataset and only the known warnings', async () => {
    const { errors, warnings, files } = await validate(dataset);
    expect(errors).toEqual([]);
    expect(warnings).toEqual(Object.keys(RAW_WARNINGS).sort());
    expect(files).toBeGreaterThan(15);
  });

  test('finds no error where series of tokens and of prompts stand side by side, in int16', async () => {
    const both = join(folder, 'both');
    const recordings = [simulateRecording(), simulateRecording({ seed: 2, id: { run: 2 } })];
    const options = { volumes: ['token', 'prompt'], dtype: 'int16' } as const;
    await exportDataset({ recordings, dataset: both, force: false, ...options });
    const raw = await validate(both);
    expect(raw.errors).toEqual([]);
    expect(raw.warnings).toEqual(Object.keys(RAW_WARNINGS).sort());
    const derivative = await validate(join(both, 'derivatives/boldbridge'));
    expect(derivative.errors).toEqual([]);
    expect(derivative.warnings).toEqual(Object.keys(DERIVATIVE_WARNINGS).sort());
  });

  test('finds no error in convolved series with texts and a licence of the owner', async () => {
    const templates = join(folder, 'templates');
    await mkdir(templates);
    const owner = { Authors: ['A. Author', 'B. Author'], License: 'CC0-1.0' };
    await writeFile(join(templates, 'dataset_description.json'), JSON.stringify(owner));
    await writeFile(join(templates, 'LICENSE'), 'CC0-1.0\n');
    const own = join(folder, 'convolved');
    const recordings = [simulateRecording()];
    const options = { hemodynamics: 'glover', templates } as const;
    await exportDataset({ recordings, dataset: own, force: false, ...options });
    const raw = await validate(own);
    expect(raw.errors).toEqual([]);
    const known = Object.keys(RAW_WARNINGS).filter((name) => !/AUTHORS|License/.test(name));
    expect(raw.warnings).toEqual(known.sort());
    expect((await validate(join(own, 'derivatives/boldbridge'))).errors).toEqual([]);
  });

  /** Records a small study of one task. */
  async function record(name: string, changes: Record<string, string>): Promise<Recording[]> {
    const place = join(folder, name);
    await mkdir(place);
    const study = await writeSmallStudy(place, { repeats: '1', ...changes });
    const root = join(place, 'recordings');
    await recordStudy({ study, root, force: false, progress: silentProgress });
    return openRecordings(root);
  }

  test('finds no error where models, checkpoints and seeds were added to one dataset', async () => {
    const grown = join(folder, 'grown');
    const qwen2 = {
      model: join(import.meta.dirname, '../fixtures/models/qwen2-optimum'),
      subject: 'qwen2',
    };
    const full = await record('full', { ...qwen2, session: 'fp32' });
    const again = (await record('again', { ...qwen2, session: 'fp32', seed: '8' })).map(
      (recording) => ({ ...recording, id: { ...recording.id, run: 2 } }),
    );
    const half = await record('half', { ...qwen2, session: 'fp16', dtype: 'fp16' });
    const phantom = await record('phantom', {});
    const force = false;
    const add = async (recordings: readonly Recording[]) =>
      (await exportDataset({ recordings, dataset: grown, force, add: true })).sessions;
    expect((await add(full)).added).toEqual(['sub-qwen2 ses-fp32']);
    expect((await add(phantom)).added).toEqual(['sub-phantom']);
    expect(await add([...full, ...again, ...half, ...phantom])).toEqual({
      added: ['sub-qwen2 ses-fp16'],
      replaced: ['sub-qwen2 ses-fp32'],
      unchanged: ['sub-phantom'],
    });
    const raw = await validate(grown);
    expect(raw.errors).toEqual([]);
    expect(raw.warnings).toEqual(Object.keys(RAW_WARNINGS).sort());
    const derivative = await validate(join(grown, 'derivatives/boldbridge'));
    expect(derivative.errors).toEqual([]);
    expect(derivative.warnings).toEqual(Object.keys(DERIVATIVE_WARNINGS).sort());
  });

  // By itself: inside another dataset, version 3.0.2 does not read the derivative's .bidsignore.
  test('finds no error in the derivative and only the known warnings', async () => {
    const { errors, warnings } = await validate(join(dataset, 'derivatives/boldbridge'));
    expect(errors).toEqual([]);
    expect(warnings).toEqual(Object.keys(DERIVATIVE_WARNINGS).sort());
  });
});
