import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** From the top down; folders in one row do not import each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['cli.ts', 'index.ts'],
  ['verbs'],
  ['workflow'],
  ['model', 'glm', 'networks', 'tools', 'report', 'bids', 'recording', 'study'],
  ['image'],
  ['onnx'],
  ['files'],
  ['math'],
  ['core'],
];

const root = resolve(import.meta.dirname, '../src');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

const room = (file: string) => file.split('/')[0];
const level = (file: string) => LAYERS.findIndex((rooms) => rooms.includes(room(file)));

function localImports(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, target]) =>
    relative(root, resolve(dirname(join(root, file)), target)),
  );
}

test('every source file lies in a room of the house', () => {
  expect(sources.filter((file) => level(file) < 0)).toEqual([]);
  expect(sources.length).toBeGreaterThan(20);
});

test('imports point down the layers, never up or sideways', () => {
  const wrong = sources.flatMap((file) =>
    localImports(file)
      .filter((target) => room(target) !== room(file) && level(target) <= level(file))
      .map((target) => `${file} -> ${target}`),
  );
  expect(wrong).toEqual([]);
});
