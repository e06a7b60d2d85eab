import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const readVersion = (file: string): string => JSON.parse(readFileSync(file, 'utf8')).version;

/** This package's folder: bids-templates/ and phantom/ lie there. */
export const PACKAGE_ROOT = join(import.meta.dirname, '..', '..');

/** This package's version. */
export const VERSION = readVersion(join(PACKAGE_ROOT, 'package.json'));

/** Versions of what takes part in a scan. */
export function scanVersions(): Record<string, string> {
  return {
    boldbridge: VERSION,
    '@huggingface/transformers': packageVersion('@huggingface/transformers'),
    'onnxruntime-node': packageVersion('onnxruntime-node'),
    node: process.versions.node,
  };
}

/** A dependency's version; its package.json may not be among its exports, so it is looked for upwards. */
function packageVersion(name: string): string {
  const [folder] = require.resolve(name).split(join('node_modules', name));
  return readVersion(join(folder, 'node_modules', name, 'package.json'));
}
