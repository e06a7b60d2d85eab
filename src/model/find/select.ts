import picomatch from 'picomatch';
import { ModelError } from '../../core/errors.js';
import { type Module, placeUnits } from '../../core/module.js';
import { editDistance } from '../../math/edit-distance.js';

/** Paths shown where a pattern matches nothing. */
const SHOWN = 3;

/**
 * The modules that glob patterns name, in their own order, their units counted anew.
 *
 * A pattern is matched against a module's path from any segment on to its end: `layers.*\/fc1` matches
 * `/model/decoder/layers.3/fc1`. `*` stands for anything inside a segment, `**` for any segments
 * (`layers.3/**` is layer 3 with all inside it); braces, brackets and `?` are picomatch's. A leading
 * slash ties the pattern to the path's start. A module also goes by its path with its kind as last
 * segment, so that `layers.*\/residual` names the layer outputs that are the residual stream. A leading
 * `!` leaves out what the rest names; with such patterns only, all other modules stay.
 *
 * @param given patterns, or one text with commas between them; none keeps all modules
 * @throws ModelError `model/unknown-module` where a pattern matches nothing, `model/no-modules` where
 * the patterns together leave nothing
 */
export function selectModules<T extends Module>(
  modules: readonly T[],
  given: string | readonly string[],
): T[] {
  const patterns = splitPatterns(given).map((pattern) => matcher(pattern, modules));
  const wanted = patterns.filter(({ excludes }) => !excludes);
  const chosen = modules.filter(
    (module) =>
      (wanted.length === 0 || wanted.some(({ matches }) => matches(module))) &&
      !patterns.some(({ excludes, matches }) => excludes && matches(module)),
  );
  if (chosen.length === 0) {
    throw new ModelError('no-modules', {
      given: `the module patterns '${given}', which leave none of ${modules.length} modules`,
      expected: 'at least one module',
      todo: 'Leave out fewer modules; `boldbridge inspect MODEL` lists them.',
    });
  }
  const placed = placeUnits(chosen);
  return chosen.map((module, i) => ({ ...module, firstUnit: placed[i].firstUnit }));
}

/** Patterns one by one; commas inside braces do not part them. */
function splitPatterns(given: string | readonly string[]): string[] {
  return [given]
    .flat()
    .flatMap((text) => text.split(/,(?![^{]*\})/))
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '');
}

interface Matcher {
  readonly excludes: boolean;
  readonly matches: (module: Module) => boolean;
}

function matcher(pattern: string, modules: readonly Module[]): Matcher {
  const excludes = pattern.startsWith('!');
  const glob = pattern.slice(excludes ? 1 : 0);
  const whole = glob.startsWith('/') ? glob.slice(1) : `**/${glob}`;
  const test = picomatch([whole, whole.replace(/\/\*\*$/, '')], {
    dot: true,
    nonegate: true,
    windows: false,
  });
  const matches = (module: Module) => namesOf(module).some((name) => test(name.slice(1)));
  if (!modules.some(matches)) throw unknown(pattern, glob, modules);
  return { excludes, matches };
}

/** The paths a module goes by. */
function namesOf({ path, kind }: Module): string[] {
  return kind === 'output' || path.endsWith(`/${kind}`) ? [path] : [path, `${path}/${kind}`];
}

function unknown(pattern: string, glob: string, modules: readonly Module[]): ModelError {
  return new ModelError('unknown-module', {
    given: `the module pattern '${pattern}', which matches none of ${modules.length} modules`,
    expected: `a pattern of module paths; the nearest are ${nearestPaths(glob, modules).join(', ')}`,
    todo: 'Check the spelling; `boldbridge inspect MODEL` lists the modules.',
  });
}

/** The paths that end most like the pattern, one of those that differ in numbers only. */
function nearestPaths(glob: string, modules: readonly Module[]): string[] {
  const segments = glob.split('/').filter((segment) => segment !== '' && segment !== '**');
  const pattern = segments.join('/');
  const alike = new Map<string, { readonly path: string; readonly distance: number }>();
  for (const path of modules.flatMap(namesOf)) {
    const ending = path.split('/').slice(-segments.length).join('/').replace(/\d+/g, '*');
    if (alike.has(ending)) continue;
    alike.set(ending, { path, distance: editDistance(pattern.replace(/\d+/g, '*'), ending) });
  }
  const sorted = [...alike.values()].sort((a, b) => a.distance - b.distance);
  return sorted.slice(0, SHOWN).map(({ path }) => path);
}
