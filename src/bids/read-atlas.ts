import { readFile } from 'node:fs/promises';
import { FileError } from '../core/errors.js';
import type { Depth, Module, ModuleKind } from '../core/module.js';
import { numberColumn, parseTsv, textColumn } from '../files/tsv.js';

/**
 * The modules of an atlas's lookup table, in their order.
 * @throws FileError `file/not-found` and others of the table
 */
export async function readAtlas(path: string): Promise<Module[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new FileError('not-found', {
      given: `${path}, which cannot be read (${cause.code})`,
      expected: 'the module atlas that boldbridge export writes',
      todo: 'Name a dataset that boldbridge exported.',
      cause,
    });
  });
  const table = parseTsv(text, path);
  const [names, depths, kinds, tensors] = ['name', 'depth', 'kind', 'tensor'].map((name) =>
    textColumn(table, name, path),
  );
  const [widths, first] = ['width', 'first_unit'].map((name) => numberColumn(table, name, path));
  return names.map((name, m) => ({
    path: name.slice(0, name.lastIndexOf(':')),
    depth: depthOf(depths[m]),
    kind: kinds[m] as ModuleKind,
    tensor: tensors[m],
    width: widths[m],
    firstUnit: first[m],
  }));
}

function depthOf(cell: string): Depth {
  return cell === 'embedding' || cell === 'head' ? cell : Number(cell);
}
