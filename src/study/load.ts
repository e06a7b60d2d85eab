import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isMap, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { StudyError } from '../core/errors.js';
import { type StudyFile, studySchema } from './schema.js';

/** A study with its prompts read. */
export interface Study {
  readonly file: string;
  readonly settings: StudyFile;
  readonly restPrompts: readonly string[];
  readonly taskPrompts: ReadonlyMap<string, readonly string[]>;
}

type Document = ReturnType<typeof parseDocument>;
type Path = readonly PropertyKey[];

/**
 * Reads and checks a study file and the prompt files it names.
 * @throws StudyError `study/unreadable`, `study/not-yaml`, `study/invalid` (line, value, what is
 * allowed), `study/no-prompt-file`, `study/empty-prompt-file`
 */
export async function loadStudy(file: string): Promise<Study> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new StudyError('unreadable', {
      given: `the study file ${file}, which cannot be read`,
      expected: 'a YAML file',
      todo: 'Check the path; bids-templates/studies/demo.yaml is one to start from.',
      cause,
    });
  });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [fault] = document.errors;
  if (fault) {
    throw new StudyError('not-yaml', {
      given: `${file}, which is no YAML: ${fault.message}`,
      expected: 'a YAML file',
      todo: 'Mend the line named.',
      cause: fault,
    });
  }
  const at = (path: Path) => `${file}, line ${lineOf(document, lines, path)}`;
  const parsed = studySchema.safeParse(document.toJS());
  if (!parsed.success) throw invalid(parsed.error.issues, document, at);
  const settings = parsed.data;
  requireTokens(settings, at);

  const read = (names: readonly string[], path: Path) =>
    readPrompts(names, { folder: dirname(file), at: at(path) });
  const taskPrompts = new Map<string, readonly string[]>();
  for (const [task, { prompts }] of Object.entries(settings.tasks)) {
    taskPrompts.set(task, await read(prompts, ['tasks', task, 'prompts']));
  }
  return { file, settings, restPrompts: await read(settings.rest, ['rest']), taskPrompts };
}

/** `tokens` belongs to generate, and to it alone. */
function requireTokens({ mode, tokens }: StudyFile, at: (path: Path) => string): void {
  const wrong = mode === 'generate' ? tokens === undefined : tokens !== undefined;
  if (!wrong) return;
  throw new StudyError('invalid', {
    given: `${at(['tokens'])}: tokens is ${tokens ?? 'nothing'} in the mode ${mode}`,
    expected:
      mode === 'generate'
        ? 'a whole number of at least 1'
        : 'no tokens: read takes those of each text',
    todo: 'Mend the line, or choose the other mode.',
  });
}

async function readPrompts(
  names: readonly string[],
  where: { readonly folder: string; readonly at: string },
): Promise<string[]> {
  const prompts: string[] = [];
  for (const name of names) {
    const path = resolve(where.folder, name);
    const text = await readFile(path, 'utf8').catch((cause) => {
      throw new StudyError('no-prompt-file', {
        given: `${where.at}: the prompt file '${name}' (${path}), which cannot be read`,
        expected: 'a text file with one prompt a line, relative to the study file',
        todo: 'Check its path.',
        cause,
      });
    });
    prompts.push(...text.split(/\r?\n/).filter((line) => line.trim() !== ''));
  }
  if (prompts.length > 0) return prompts;
  throw new StudyError('empty-prompt-file', {
    given: `${where.at}: ${names.join(', ')}, without a single prompt`,
    expected: 'one prompt a line',
    todo: 'Write some prompts.',
  });
}

/** The line of the innermost node on the path that is there; a key's own line where it can be had. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  let start = 0;
  let node: unknown = document.contents;
  for (const key of path) {
    if (!isMap(node)) {
      node = (node as { items?: Node[] } | null)?.items?.[Number(key)];
      start = (node as Node | undefined)?.range?.[0] ?? start;
      continue;
    }
    const pair = node.items.find((item) => String(item.key) === String(key));
    if (!pair) break;
    start = (pair.key as Node).range?.[0] ?? start;
    node = pair.value;
  }
  return lines.linePos(start).line;
}

/** The first thing wrong with a study; a key misspelt before the key that is missing for it. */
function invalid(
  issues: readonly z.core.$ZodIssue[],
  document: Document,
  at: (path: Path) => string,
): StudyError {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  const here = issue.path.join('.') || 'the study';
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    return new StudyError('invalid', {
      given: `${at([...issue.path, key])}: the key '${key}' in ${here}`,
      expected: `one of ${allowedKeys(issue.path).join(', ')}`,
      todo: 'Check the spelling.',
    });
  }
  const value = document.getIn(issue.path as string[], false);
  const shown = value === undefined ? 'nothing' : JSON.stringify(value);
  return new StudyError('invalid', {
    given: `${at(issue.path)}: ${here} is ${shown}`,
    expected: allowed(issue),
    todo: 'Mend the line.',
  });
}

function allowed(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_type') return `a value of the type ${issue.expected}`;
  if (issue.code === 'too_small') return `at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  if (issue.code === 'invalid_key') return 'a name of letters and digits only, as BIDS labels are';
  return issue.message;
}

interface Schema {
  readonly shape?: Record<string, Schema>;
  readonly valueType?: Schema;
  unwrap?(): Schema;
}

/** The keys the schema knows at a path. */
function allowedKeys(path: Path): string[] {
  let schema: Schema | undefined = studySchema as unknown as Schema;
  for (const key of path) {
    while (schema && !schema.shape && !schema.valueType && schema.unwrap) schema = schema.unwrap();
    schema = schema?.shape?.[String(key)] ?? schema?.valueType;
  }
  while (schema && !schema.shape && schema.unwrap) schema = schema.unwrap();
  return Object.keys(schema?.shape ?? {});
}
