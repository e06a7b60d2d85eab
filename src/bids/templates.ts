import { readFile } from 'node:fs/promises';

export const BIDS_VERSION = '1.11.0';

const FOLDER = new URL('../../bids-templates/dataset/', import.meta.url);

/** Values of a template's placeholders. */
export type Values = Readonly<Record<string, string | number>>;

/** A text template with each {{name}} replaced by its value. A name without a value is a fault. */
export async function renderText(template: string, values: Values): Promise<string> {
  return fill(await readFile(new URL(template, FOLDER), 'utf8'), values, String);
}

/** A JSON template with each {{name}} inside its strings replaced. */
export async function renderJson(
  template: string,
  values: Values,
): Promise<Record<string, unknown>> {
  const text = await readFile(new URL(template, FOLDER), 'utf8');
  return JSON.parse(fill(text, values, (value) => JSON.stringify(String(value)).slice(1, -1)));
}

function fill(text: string, values: Values, show: (value: string | number) => string): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    if (!(name in values)) throw new Error(`no value for {{${name}}}`);
    return show(values[name]);
  });
}
