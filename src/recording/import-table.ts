import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { FileError } from '../core/errors.js';
import { parseTsv } from '../files/tsv.js';

const label = z.coerce.string().regex(/^[0-9a-zA-Z+]+$/, 'letters, digits and + only');
const count = z.coerce.number().int().positive();

const modules = z
  .array(
    z.strictObject({
      module: z.string().min(1),
      layer: z.union([z.enum(['embedding', 'head']), z.coerce.number().int().nonnegative()]),
      kind: z.enum(['output', 'context', 'residual']).default('output'),
      array: z.string().min(1),
    }),
  )
  .min(1);
const prompts = z
  .array(
    z.strictObject({
      prompt: z.coerce.string().min(1),
      trial_type: z.coerce.string().min(1),
      volumes: count,
      text: z.coerce.string().default(''),
    }),
  )
  .min(1);

/** What `boldbridge import` is told of a run; explained in bids-templates/import/README.md. */
const schema = z.strictObject({
  subject: label,
  session: label.nullable().default(null),
  task: label,
  run: count.default(1),
  description: z.string().nullable().default(null),
  repetition_time: z.number().positive().default(1),
  rule: z.enum(['generate', 'read']).default('read'),
  seed: z.number().int().default(0),
  model: z.strictObject({
    id: z.string().min(1),
    revision: z.coerce.string().default('n/a'),
    sha256: z.string().default('n/a'),
    dtype: z.string().default('n/a'),
    architecture: z.string().default('n/a'),
    head_width: count.nullable().default(null),
  }),
  modules,
  prompts,
});

export type ImportTable = z.infer<typeof schema>;

/**
 * Reads the table of a run to import: YAML, whose modules and prompts are lists or the names of .tsv
 * files beside it. Arrays' paths become absolute.
 * @throws FileError `file/not-found`, `file/import-table`, and those of the tables
 */
export async function readImportTable(path: string): Promise<ImportTable> {
  const folder = dirname(path);
  const text = await readText(path);
  try {
    const raw = parse(text) as Record<string, unknown>;
    const lists = {
      modules: await rowsOf(raw?.modules, folder),
      prompts: await rowsOf(raw?.prompts, folder),
    };
    const table = schema.parse({ ...raw, ...lists });
    const placed = table.modules.map((row) => ({ ...row, array: resolve(folder, row.array) }));
    return { ...table, modules: placed };
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw new FileError('import-table', {
      given: `${path}, which does not say what an import needs: ${explain(cause)}`,
      expected: 'a YAML file with subject, task, model, modules and prompts',
      todo: 'Compare it with bids-templates/import/run.yaml.',
      cause,
    });
  }
}

/** A list as it stands, or the rows of the .tsv file it names; n/a leaves a value out. */
async function rowsOf(given: unknown, folder: string): Promise<unknown> {
  if (typeof given !== 'string') return given;
  const path = resolve(folder, given);
  const { columns, rows } = parseTsv(await readText(path), path);
  return rows.map((row) =>
    Object.fromEntries(
      columns.map((name, c) => [name, row[c]]).filter(([, cell]) => cell !== 'n/a'),
    ),
  );
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new FileError('not-found', {
      given: `${path}, which cannot be read (${cause.code})`,
      expected: 'a table of the run to import',
      todo: 'Check the path.',
      cause,
    });
  });
}

function explain(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return String(cause instanceof Error ? cause.message : cause);
  const [{ path, message }] = cause.issues;
  return `${path.join('.') || 'the whole'}: ${message}`;
}
