import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const VENV = join(ROOT, '.venv');
const STAMP = join(VENV, 'requirements.sha256');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

const requirementsHash = () =>
  createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
const isInstalled = () => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === requirementsHash();

/** Before the tests: installs the pinned peers where that has not been done for these pins. */
export default function setup(): void {
  if (isInstalled()) return;
  if (spawnSync('python3', ['--version']).status !== 0) {
    if (process.env.CI === 'true') throw new Error('python3 is needed for the interop tests');
    console.warn('python3 was not found: the interop tests are skipped');
    return;
  }
  const run = (file: string, args: string[]) => execFileSync(file, args, { stdio: 'inherit' });
  run('python3', ['-m', 'venv', '--clear', VENV]);
  run(peer('python'), ['-m', 'pip', 'install', '--quiet', '-r', REQUIREMENTS]);
  writeFileSync(STAMP, requirementsHash());
}

/** For `describe.skipIf(!havePeers)`. */
export const havePeers = isInstalled();

/** A program of the peers' environment. */
export function peer(name: string): string {
  return join(VENV, 'bin', name);
}

/** Runs a Python script in the peers' environment; what it prints is read as JSON. */
export async function python<T>(script: string, ...args: readonly string[]): Promise<T> {
  return JSON.parse(await runPeer('python', ['-c', script, ...args]));
}

/** Runs a peer's program and returns its standard output, also where it ends with an error code. */
export async function runPeer(name: string, args: readonly string[]): Promise<string> {
  const options = { maxBuffer: 1 << 28 };
  const run = promisify(execFile)(peer(name), [...args], options);
  const { stdout, stderr } = await run.catch((error: { stdout?: string; stderr?: string }) => ({
    stdout: error.stdout ?? '',
    stderr: error.stderr ?? String(error),
  }));
  if (!stdout) throw new Error(`${name} printed nothing: ${stderr}`);
  return stdout;
}
