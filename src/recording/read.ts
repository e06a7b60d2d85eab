import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../core/errors.js';
import type { Depth, Module, ModuleKind } from '../core/module.js';
import { unitCount } from '../core/module.js';
import type { Provenance, Recording, RunId, Stimulus, Volume } from '../core/recording.js';
import { openNpy } from '../files/npy.js';
import { numberColumn, parseTsv, type Table, textColumn, unescapeCell } from '../files/tsv.js';
import { FILES } from './layout.js';

/**
 * Opens a recording folder; the activations stay on disk until they are read.
 * @throws FileError `file/no-recording`, `file/recording-mismatch`, and those of the tables and .npy
 */
export async function openRecording(folder: string): Promise<Recording> {
  const about = await readAbout(folder);
  const modules = readModules(await readTable(folder, FILES.modules), join(folder, FILES.modules));
  const volumes = readVolumes(await readTable(folder, FILES.volumes), join(folder, FILES.volumes));
  const stimuli = readStimuli(await readTable(folder, FILES.events), join(folder, FILES.events));
  const series = await openNpy(join(folder, FILES.activations));
  if (series.volumes !== volumes.length || series.units !== unitCount(modules)) {
    throw new FileError('recording-mismatch', {
      given: `${folder}, whose activations are ${series.volumes} x ${series.units}`,
      expected: `${volumes.length} volumes x ${unitCount(modules)} units, as its tables say`,
      todo: 'Record the run again, or mend the tables.',
    });
  }
  return { ...about, modules, volumes, stimuli, series };
}

/** The fingerprint of the recording in a folder; null where there is no recording, or none is told. */
export async function readFingerprint(folder: string): Promise<string | null> {
  const about = await readAbout(folder).catch(() => null);
  return about?.provenance.fingerprint ?? null;
}

/** The folders of all recordings under a folder (itself included), sorted by path. */
export async function findRecordings(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((cause) => {
    throw new FileError('no-folder', {
      given: `${root}, which cannot be read as a folder`,
      expected: 'a recordings folder, as boldbridge record writes it',
      todo: 'Check the path, or record first.',
      cause,
    });
  });
  const nested = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => findRecordings(join(root, entry.name))),
  );
  const own = entries.some((entry) => entry.name === FILES.about) ? [root] : [];
  return [...own, ...nested.flat()].sort();
}

/**
 * Opens all recordings under a folder.
 * @throws FileError `file/no-recording` where there is none
 */
export async function openRecordings(root: string): Promise<Recording[]> {
  const folders = await findRecordings(root);
  if (folders.length === 0) throw noRecording(root, undefined);
  return Promise.all(folders.map(openRecording));
}

function noRecording(folder: string, cause: unknown): FileError {
  return new FileError('no-recording', {
    given: `${folder}, which holds no readable ${FILES.about}`,
    expected: 'a recording folder, as boldbridge record writes it',
    todo: 'Name a recordings folder, or record first.',
    cause,
  });
}

async function readTable(folder: string, name: string): Promise<Table> {
  const path = join(folder, name);
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw noRecording(path, cause);
  });
  return parseTsv(text, path);
}

interface About {
  readonly id: RunId;
  readonly taskDescription: string | null;
  readonly repetitionTime: number;
  readonly provenance: Provenance;
}

async function readAbout(folder: string): Promise<About> {
  try {
    const about = JSON.parse(await readFile(join(folder, FILES.about), 'utf8'));
    const {
      subject,
      session,
      task,
      run,
      taskDescription,
      repetitionTime,
      tokenVolumeRule,
      ...rest
    } = about;
    if (typeof subject !== 'string' || typeof task !== 'string' || !(repetitionTime > 0)) {
      throw new Error('subject, task and repetitionTime must be given');
    }
    return {
      id: { subject, session: session ?? null, task, run },
      taskDescription: taskDescription ?? null,
      repetitionTime,
      provenance: { fingerprint: null, ...rest, tokenVolumeRule: tokenVolumeRule.mode },
    };
  } catch (cause) {
    throw noRecording(folder, cause);
  }
}

function readModules(table: Table, file: string): Module[] {
  const text = (name: string) => textColumn(table, name, file);
  const number = (name: string) => numberColumn(table, name, file);
  const [paths, kinds, tensors] = [text('module'), text('kind'), text('tensor')];
  const [widths, first] = [number('width'), number('first_unit')];
  return text('layer').map((layer, i) => ({
    path: paths[i],
    depth: depth(layer),
    kind: kinds[i] as ModuleKind,
    tensor: tensors[i],
    width: widths[i],
    firstUnit: first[i],
  }));
}

function depth(cell: string): Depth {
  return cell === 'embedding' || cell === 'head' ? cell : Number(cell);
}

function readVolumes(table: Table, file: string): Volume[] {
  const text = (name: string) => textColumn(table, name, file);
  const number = (name: string) => numberColumn(table, name, file);
  const tokens = (name: string) => text(name).map(unescapeCell);
  const [inputs, outputs] = [tokens('input_token'), tokens('output_token')];
  const [prompts, positions] = [number('prompt'), number('position')];
  const contexts = number('context_position');
  const [scores, entropies] = [number('log_probability'), number('entropy')];
  return number('onset').map((onset, i) => ({
    onset,
    prompt: prompts[i],
    position: positions[i],
    contextPosition: contexts[i],
    inputToken: inputs[i],
    outputToken: outputs[i],
    logProbability: scores[i],
    entropy: entropies[i],
  }));
}

function readStimuli(table: Table, file: string): Stimulus[] {
  const text = (name: string) => textColumn(table, name, file);
  const number = (name: string) => numberColumn(table, name, file);
  const [durations, types] = [number('duration'), text('trial_type')];
  const [prompts, texts] = [text('prompt'), text('text').map(unescapeCell)];
  return number('onset').map((onset, i) => ({
    event: { onset, duration: durations[i], trialType: types[i], prompt: prompts[i] },
    text: texts[i],
  }));
}
