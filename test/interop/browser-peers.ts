import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const FOLDER = resolve(import.meta.dirname, '../../.peers');
const MODULES = join(FOLDER, 'node_modules');
const PINS = { '@niivue/niivue': '0.69.0', 'playwright-core': '1.65.1' } as const;

/** A Chromium of this machine; none is downloaded. */
export const chromium = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

/** NiiVue as one module that a page can load. */
export const niivue = join(MODULES, '@niivue/niivue/dist/index.js');

/** What is used of playwright-core. */
export interface Page {
  on(event: 'pageerror' | 'console', listener: (message: { toString(): string }) => void): void;
  goto(url: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  screenshot(options: { path: string }): Promise<Uint8Array>;
}
interface Browser {
  newPage(options: { viewport: { width: number; height: number } }): Promise<Page>;
  close(): Promise<void>;
}
interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; args: readonly string[] }): Promise<Browser>;
  };
}

/** Installs the pinned peers into .peers where they are not there yet. */
export function installBrowserPeers(): void {
  const names = Object.entries(PINS).map(([name, version]) => `${name}@${version}`);
  const stamp = join(FOLDER, names.join(' ').replaceAll('/', '+'));
  if (existsSync(stamp)) return;
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--silent'];
  execFileSync('npm', ['install', '--prefix', FOLDER, ...flags, ...names], { stdio: 'inherit' });
  execFileSync('touch', [stamp]);
}

/** Starts Chromium without a screen, WebGL 2 computed by the processor, and without a network of its own. */
export async function launchChromium(): Promise<Browser> {
  const path = pathToFileURL(join(MODULES, 'playwright-core/index.mjs')).href;
  const playwright: Playwright = await import(path);
  const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--use-gl=angle',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return playwright.chromium.launch({ executablePath: chromium!, args });
}
