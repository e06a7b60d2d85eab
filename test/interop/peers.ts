import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');

/** Pinned Python packages, and the Pythons they are made for, the first that is there. */
interface Pins {
  readonly folder: string;
  readonly requirements: string;
  readonly pythons: readonly string[];
  /** The minor versions of Python 3, first and last, that all pins have wheels for. */
  readonly minors?: readonly [number, number];
}

/** Whether a Python is there and of a version that will do. */
function fits(program: string, [first, last]: readonly [number, number]): boolean {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const minor = Number(/^Python 3\.(\d+)/.exec(stdout)?.[1] ?? Number.NaN);
  return status === 0 && first <= minor && minor <= last;
}

const ANY = [0, Number.POSITIVE_INFINITY] as const;

function environment({ folder, requirements, pythons, minors }: Pins) {
  const venv = join(ROOT, folder);
  const stamp = join(venv, 'requirements.sha256');
  const file = join(import.meta.dirname, requirements);
  const hash = () => createHash('sha256').update(readFileSync(file)).digest('hex');
  const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === hash();
  const program = (name: string) => join(venv, 'bin', name);
  const missing = `no ${pythons.join(', ')}${minors ? ` of 3.${minors.join(' to 3.')}` : ''} for ${requirements}`;

  /** Runs a program and returns its standard output, also where it ends with an error code. */
  async function run(name: string, args: readonly string[]): Promise<string> {
    const options = { maxBuffer: 1 << 28 };
    const done = promisify(execFile)(program(name), [...args], options);
    const { stdout, stderr } = await done.catch((error: { stdout?: string; stderr?: string }) => ({
      stdout: error.stdout ?? '',
      stderr: error.stderr ?? String(error),
    }));
    if (!stdout) throw new Error(`${name} printed nothing: ${stderr}`);
    return stdout;
  }

  return {
    isInstalled: isInstalled(),
    /** Null, or why the tests that need it are skipped. */
    missing: isInstalled() || pythons.some((name) => fits(name, minors ?? ANY)) ? null : missing,
    program,
    run,
    /** Runs a Python script in the environment; what it prints is read as JSON. */
    python: async <T>(script: string, ...args: readonly string[]): Promise<T> =>
      JSON.parse(await run('python', ['-c', script, ...args])),
    /** Installs the pins where that has not been done; needs a Python that will do. */
    async install(): Promise<void> {
      if (isInstalled()) return;
      const own = pythons.find((name) => fits(name, minors ?? ANY));
      if (own === undefined) throw new Error(missing);
      const call = promisify(execFile);
      await call(own, ['-m', 'venv', '--clear', venv]);
      await call(program('python'), ['-m', 'pip', 'install', '--quiet', '-r', file]);
      writeFileSync(stamp, hash());
    },
  };
}

const peers = environment({
  folder: '.venv',
  requirements: 'requirements.txt',
  pythons: ['python3'],
});

/** fitlins, whose last release wants pandas 1 and so a Python of its time; its one test installs it. */
export const fitlins = environment({
  folder: '.venv-fitlins',
  requirements: 'fitlins-requirements.txt',
  pythons: ['python3.11', 'python3.10', 'python3'],
  minors: [10, 11],
});

/** Before the tests: installs the pinned peers where that has not been done for these pins. */
export default async function setup(): Promise<void> {
  if (peers.missing && process.env.CI === 'true') throw new Error(peers.missing);
  if (peers.missing) console.warn(`${peers.missing}: the interop tests are skipped`);
  else await peers.install();
}

/** For `describe.skipIf(!havePeers)`. */
export const havePeers = peers.isInstalled;

/** A program of the peers' environment; what it printed; what a script printed, as JSON. */
export const { program: peer, run: runPeer, python } = peers;
