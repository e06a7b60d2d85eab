import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../src/files/versions.js';

const BUILD = '.test-build';

/** Builds the sources as they stand, for tests that need a process of its own. */
export async function buildForTests(): Promise<void> {
  const tsc = join(PACKAGE_ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [
    tsc,
    '-p',
    'tsconfig.build.json',
    '--outDir',
    BUILD,
    '--noCheck',
    '--declaration',
    'false',
  ];
  await promisify(execFile)(process.execPath, args, { cwd: PACKAGE_ROOT });
}

const code = (argv: readonly string[]) =>
  `import { main } from ${JSON.stringify(join(PACKAGE_ROOT, BUILD, 'cli.js'))};
process.exitCode = await main(${JSON.stringify(argv)});`;

/** Starts the command in a process of its own; `limit` is a shell command to run before it. */
export function start(argv: readonly string[], limit?: string): ChildProcess {
  const node = ['--input-type=module', '-e', code(argv)];
  if (!limit) return spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'pipe'] });
  const shell = ['-c', `${limit}; exec "$0" "$@"`, process.execPath, ...node];
  return spawn('bash', shell, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits for a process; gives its exit code (null where it was killed) and what it printed. */
export async function finished(child: ChildProcess) {
  let [output, errors] = ['', ''];
  child.stdout?.on('data', (text) => {
    output += text;
  });
  child.stderr?.on('data', (text) => {
    errors += text;
  });
  const exit = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exit, output, errors };
}
