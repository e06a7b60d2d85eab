import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HandoffFile } from '../../src/core/handoff.js';
import { spm } from '../../src/tools/spm/spm.js';
import { columnOf } from '../../src/tools/weights.js';
import { goldenRun } from '../tools/golden-run.js';
import { makeStudy } from '../tools/study.js';
import { havePeers, python } from './peers.js';

const haveOctave = spawnSync('octave-cli', ['--version']).status === 0;
if (!haveOctave) console.warn('no octave-cli: that Octave loads the .mat files is not tested here');

let folder: string;
const path = (...parts: string[]) => join(folder, ...parts);
const call = promisify(execFile);
const NAME = 'sub-01_task-x_run-1';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handoff spm ')); // a path with blanks
});
afterAll(() => rm(folder, { recursive: true }));

/** One run, its first condition with heights and a name that is no ASCII. */
const base = goldenRun();
const events = base.conditions[0].events.map((event, i) => ({ ...event, modulation: i + 0.5 }));
const [a, ...others] = base.conditions;
const native = { ...base, conditions: [{ ...a, name: "Ärzte's", events }, ...others] };

async function written(files: readonly HandoffFile[], name: string): Promise<string> {
  const own = files.find((file) => file.path === `${NAME}/${name}`);
  if (!own || !('bytes' in own)) throw new Error(`no ${name}`);
  const place = path(name);
  await writeFile(place, own.bytes);
  return place;
}

interface Loaded {
  readonly names: string[];
  readonly onsets: number[][];
  readonly durations: number[][];
  readonly pmod: [string, number[], number][];
  readonly orth: number[];
  readonly types: string[];
  readonly R: number[][];
  readonly regressors: string[];
}

function expectMeant(loaded: Loaded): void {
  expect(loaded.names).toEqual(["Ärzte's", 'b', 'c']);
  const onsets = native.conditions.map((own) => own.events.map(({ onset }) => onset));
  expect(loaded.onsets).toEqual(onsets);
  const bin = native.repetitionTime / 16;
  const durations = native.conditions.map((own) => own.events.map((e) => e.duration - bin));
  expect(loaded.durations).toEqual(durations);
  expect(loaded.pmod[0]).toEqual(["Ärzte's", events.map((_, i) => i + 0.5), 1]);
  expect(loaded.orth).toEqual([0, 1, 1]);
  // int64 onsets would change SPM's design without a word.
  expect(new Set(loaded.types)).toEqual(new Set(['double']));
  expect(loaded.regressors).toEqual(base.design.names.filter((name) => name !== 'constant'));
  const columns = loaded.regressors.map((name) => [...columnOf(base, name)]);
  expect(loaded.R).toEqual(columns);
}

const files = async () => {
  const ofNative = spm.write(makeStudy([native], { design: 'native' }));
  const conditions = await written(ofNative, 'conditions.mat');
  const regressors = await written(spm.write(makeStudy([base])), 'regressors.mat');
  return [conditions, regressors] as const;
};

const SCIPY = `
import json, sys
import scipy.io
c, r = (scipy.io.loadmat(f, uint16_codec="utf-16") for f in sys.argv[1:])
flat = lambda cell: [own.ravel().tolist() for own in cell.ravel()]
texts = lambda cell: [str(own[0]) for own in cell.ravel()]
pmod = [[texts(p["name"])[0], flat(p["param"])[0], flat(p["poly"])[0][0]] for p in c["pmod"].ravel() if p["name"].size]
arrays = [own for key in ("onsets", "durations") for own in c[key].ravel()] + [r["R"]]
print(json.dumps({
    "names": texts(c["names"]), "onsets": flat(c["onsets"]), "durations": flat(c["durations"]),
    "pmod": pmod, "orth": [own[0] for own in flat(c["orth"])],
    "types": [{"float64": "double"}.get(str(own.dtype), str(own.dtype)) for own in arrays],
    "R": r["R"].T.tolist(), "regressors": texts(r["names"]),
}))
`;

test.skipIf(!havePeers)('scipy reads the .mat files as they are meant', async () => {
  expectMeant(await python<Loaded>(SCIPY, ...(await files())));
});

const OCTAVE = `
arguments = argv();
c = load(arguments{1}); r = load(arguments{2});
list = @(own) cellfun(@(x) x(:)', own, 'UniformOutput', false);
out.names = c.names; out.onsets = list(c.onsets); out.durations = list(c.durations);
out.pmod = {{c.pmod(1).name{1}, c.pmod(1).param{1}(:)', c.pmod(1).poly{1}}};
out.orth = cell2mat(c.orth);
out.types = [cellfun(@class, [c.onsets c.durations], 'UniformOutput', false) {class(r.R)}];
out.R = r.R'; out.regressors = r.names;
precise = jsonencode(out);
printf('%s\\n', precise);
`;

test.skipIf(!haveOctave)('Octave reads them so, too', async () => {
  const script = path('read.m');
  await writeFile(script, OCTAVE);
  const { stdout } = await call('octave-cli', ['--no-gui', script, ...(await files())]);
  const loaded: Loaded = JSON.parse(stdout);
  // jsonencode writes 15 digits.
  const rounded = (value: unknown) =>
    JSON.parse(JSON.stringify(value), (_, own) =>
      typeof own === 'number' ? Number(own.toPrecision(12)) : own,
    );
  expect(rounded(loaded.R)).toEqual(
    rounded(loaded.regressors.map((name) => [...columnOf(base, name)])),
  );
  expect(loaded.names).toEqual(["Ärzte's", 'b', 'c']);
  expect(new Set(loaded.types)).toEqual(new Set(['double']));
  expect(rounded(loaded.onsets)).toEqual(
    native.conditions.map((own) => own.events.map(({ onset }) => onset)),
  );
  expect(loaded.pmod).toEqual([["Ärzte's", events.map((_, i) => i + 0.5), 1]]);
});
