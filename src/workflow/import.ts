import { DataError } from '../core/errors.js';
import { type Module, placeUnits, unitCount } from '../core/module.js';
import type { Progress } from '../core/progress.js';
import type { Provenance, Stimulus, Volume } from '../core/recording.js';
import type { NpyWriter } from '../files/npy.js';
import { type OpenArray, openArray } from '../files/open-array.js';
import { VERSION } from '../files/versions.js';
import { type ImportTable, readImportTable } from '../recording/import-table.js';
import { writeRecording } from '../recording/write.js';

/** Values gathered at a time. */
const BLOCK_VALUES = 1 << 22;

export interface ImportSummary {
  readonly folder: string;
  readonly root: string;
  readonly modules: number;
  readonly units: number;
  readonly volumes: number;
  readonly prompts: number;
}

/**
 * Makes a recording of arrays that another program saved: one array a module, a row a volume.
 * @throws FileError of the table and the arrays; DataError `data/volumes-differ`, `data/not-finite`;
 * OutputError `output/exists`
 */
export async function importRecording(options: {
  readonly table: string;
  readonly root: string;
  readonly force: boolean;
  readonly progress: Progress;
}): Promise<ImportSummary> {
  const { root, force, progress } = options;
  const table = await readImportTable(options.table);
  const arrays: OpenArray[] = [];
  try {
    for (const { array } of table.modules) arrays.push(await openArray(array));
    const { volumes, stimuli } = timeline(table);
    requireVolumes(table, arrays, volumes.length);
    const modules = modulesOf(table, arrays);
    const { subject, session, task, run, description, repetition_time } = table;
    const plan = {
      id: { subject, session, task, run },
      taskDescription: description,
      repetitionTime: repetition_time,
      modules,
      volumes: volumes.length,
      provenance: provenanceOf(table),
    };
    const bar = progress.start('Importing', { total: volumes.length, unit: 'volumes' });
    const folder = await writeRecording(root, plan, { force }, async (write) => {
      await copyRows({ table, arrays, modules, write, onRows: (rows) => bar.advance(rows) });
      return { volumes, stimuli };
    });
    bar.finish();
    return {
      folder,
      root,
      modules: modules.length,
      units: unitCount(modules),
      volumes: volumes.length,
      prompts: stimuli.length,
    };
  } finally {
    await Promise.all(arrays.map((array) => array.close()));
  }
}

function modulesOf({ modules }: ImportTable, arrays: readonly OpenArray[]): Module[] {
  return placeUnits(
    modules.map(({ module, layer, kind, array }, m) => ({
      path: module,
      depth: layer,
      kind,
      tensor: array.slice(array.lastIndexOf('/') + 1),
      width: arrays[m].columns,
    })),
  );
}

/** Prompts one after the other, each with its volumes; what tokens there were is not known. */
function timeline({ prompts, repetition_time: seconds }: ImportTable) {
  const volumes: Volume[] = [];
  const stimuli = prompts.map((row, prompt): Stimulus => {
    const onset = volumes.length * seconds;
    for (let position = 0; position < row.volumes; position++) {
      volumes.push({
        onset: volumes.length * seconds,
        prompt,
        position,
        contextPosition: Number.NaN,
        inputToken: '',
        outputToken: '',
        logProbability: Number.NaN,
        entropy: Number.NaN,
      });
    }
    const duration = row.volumes * seconds;
    const event = { onset, duration, trialType: row.trial_type, prompt: row.prompt };
    return { event, text: row.text };
  });
  return { volumes, stimuli };
}

function requireVolumes(table: ImportTable, arrays: readonly OpenArray[], volumes: number): void {
  const wrong = arrays.findIndex(({ rows }) => rows !== volumes);
  if (wrong < 0) return;
  throw new DataError('volumes-differ', {
    given: `${table.modules[wrong].array}, with ${arrays[wrong].rows} rows`,
    expected: `${volumes}, the volumes of all prompts together`,
    todo: 'Correct the column volumes of the prompts, or save one row a volume.',
  });
}

function provenanceOf({ model, seed, rule }: ImportTable): Provenance {
  const { head_width: headWidth, ...rest } = model;
  return {
    model: { ...rest, headWidth },
    seed,
    sampling: {},
    tokenVolumeRule: rule,
    versions: { boldbridge: VERSION },
    fingerprint: null,
  };
}

async function copyRows(options: {
  readonly table: ImportTable;
  readonly arrays: readonly OpenArray[];
  readonly modules: readonly Module[];
  readonly write: NpyWriter['write'];
  readonly onRows: (rows: number) => void;
}): Promise<void> {
  const { table, arrays, modules, write, onRows } = options;
  const units = unitCount(modules);
  const { rows } = arrays[0];
  const perBlock = Math.max(1, Math.floor(BLOCK_VALUES / units));
  for (let first = 0; first < rows; first += perBlock) {
    const end = Math.min(rows, first + perBlock);
    const block = new Float32Array((end - first) * units); // [end - first, units]
    for (const [m, { firstUnit, width }] of modules.entries()) {
      const values = await arrays[m].read(first, end); // [end - first, width]
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) throw notFinite(table.modules[m].array, values[bad], first, bad, width);
      for (let r = 0; r < end - first; r++) {
        block.set(values.subarray(r * width, (r + 1) * width), r * units + firstUnit);
      }
    }
    for (let r = first; r < end; r++) {
      await write(r, block.subarray((r - first) * units, (r - first + 1) * units));
    }
    onRows(end - first);
  }
}

function notFinite(array: string, value: number, first: number, at: number, width: number) {
  return new DataError('not-finite', {
    given: `${value} in ${array}, row ${first + Math.floor(at / width)}, column ${at % width} (from 0)`,
    expected: 'values that are finite in float32',
    todo: 'Save the activations of a model that does not overflow (float32), or leave the module out.',
  });
}
