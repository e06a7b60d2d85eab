import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep, win32 } from 'node:path';
import { FileError } from '../core/errors.js';
import { readExternalData } from './external-data.js';

/** A file that holds weights: where it lies, and the name by which the model calls it. */
export interface WeightFile {
  /** Relative to the model's folder. */
  readonly location: string;
  readonly path: string;
}

/**
 * The files that hold a model's weights: the model itself and those that its tensors name. The
 * model's own file may be a link; the others must lie in its folder, links resolved, as ONNX demands:
 * a model from elsewhere must not make the program read other files.
 * @param skeleton the model file without its weights (skeleton.ts)
 * @throws FileError `file/outside-model`, `file/no-weights`, `file/short-weights`
 */
export async function findWeightFiles(skeleton: Uint8Array, file: string): Promise<WeightFile[]> {
  const own = basename(file);
  const ends = new Map<string, number>([[own, 0]]);
  for (const { location, offset, length } of readExternalData(skeleton)) {
    ends.set(location, Math.max(ends.get(location) ?? 0, offset + (length ?? 0)));
  }
  const folder = await realpath(dirname(file));
  return Promise.all(
    [...ends].map(async ([location, end]) => {
      const path =
        location === own ? await realpath(file) : await inside(folder, { location, model: file });
      const { size } = await stat(path);
      if (size >= end) return { location, path };
      throw new FileError('short-weights', {
        given: `${path}, which has ${size} bytes`,
        expected: `${end} bytes, as ${file} says`,
        todo: 'Download or export the model again.',
      });
    }),
  );
}

/** The file at a location, its links resolved. */
async function inside(
  folder: string,
  { location, model }: { readonly location: string; readonly model: string },
): Promise<string> {
  const outside = (where: string) =>
    new FileError('outside-model', {
      given: `${model}, whose weights are to be read from '${location}'${where}`,
      expected: "a file in the model's own folder",
      todo: 'Put the weights there, as files and not as links that lead elsewhere; trust no model that names other places.',
    });
  const leaves = (path: string) => path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
  const absolute = isAbsolute(location) || win32.isAbsolute(location);
  if (absolute || leaves(relative(folder, join(folder, location)))) throw outside('');
  const path = await realpath(join(folder, location)).catch(() => null);
  if (path !== null && leaves(relative(folder, path))) throw outside(`, which leads to ${path}`);
  if (path !== null && (await stat(path)).isFile()) return path;
  throw new FileError('no-weights', {
    given: `${model}, whose weights '${location}' are no file in ${folder}`,
    expected: 'the file beside the model',
    todo: 'Download or copy it there.',
  });
}
