/**
 * FSL's files as its programs read them. Design file: Tcl sources it, feat_model reads the lines that
 * begin with `set ` into a buffer of 1000 characters and takes what follows the key. Vest: `/Key value`
 * lines, then the matrix.
 */
export interface Fsf {
  readonly keys: readonly string[];
  has(key: string): boolean;
  /** A number. */
  number(key: string): number;
  /** What stands in quotes. */
  text(key: string): string;
}

export function readFsf(text: string): Fsf {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.length >= 1000) throw new Error(`a line of ${line.length} characters`);
    // Tcl's words: a bare one holds nothing that Tcl would act on; a quoted one neither.
    const found =
      /^set ((?:fmri|feat_files)\([A-Za-z0-9_.]+\)) ([A-Za-z0-9_.+-]+|"[^"$[\]\\{}]*")$/.exec(line);
    if (!found) throw new Error(`not a setting: '${line}'`);
    const [, key, value] = found;
    if (values.has(key)) throw new Error(`${key} stands twice`);
    values.set(key, value);
  }
  const settingOf = (key: string) => {
    const name = values.has(key) ? key : `fmri(${key})`;
    const value = values.get(name);
    if (value === undefined) throw new Error(`Can't find key ${key}`);
    return value;
  };
  return {
    keys: [...values.keys()],
    has: (key) => values.has(key) || values.has(`fmri(${key})`),
    number: (key) => Number(settingOf(key)),
    text: (key) => {
      const value = settingOf(key);
      if (!/^".*"$/.test(value)) throw new Error(`${key} is not quoted`);
      return value.slice(1, -1);
    },
  };
}

export interface Vest {
  header(key: string): string;
  readonly rows: readonly (readonly number[])[];
}

export function readVest(text: string): Vest {
  const [head, body] = text.split('/Matrix\n');
  const keys = new Map(
    head.split('\n').flatMap((line) => {
      const [, key, value] = /^\/(\w+)\s+(.*)$/.exec(line) ?? [];
      return key ? [[key, value] as const] : [];
    }),
  );
  const rows = body
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const waves = Number(keys.get('NumWaves'));
  if (rows.some((row) => row.length !== waves || !row.every(Number.isFinite)))
    throw new Error(`rows that are not ${waves} numbers`);
  return {
    rows,
    header: (key) => {
      const value = keys.get(key);
      if (value === undefined) throw new Error(`no /${key}`);
      return value;
    },
  };
}

/** Three columns, as fscanf's `%f %f %f` reads them. */
export const readThreeColumns = (text: string): number[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/\s+/).map(Number));

/** One value a volume. */
export const readValues = (text: string): number[] => text.trimEnd().split('\n').map(Number);

/** Where feat_model looks at a 3-column variable: the middle of each volume, on a grid of 0.05 s. */
export function sampledByFeat(
  events: readonly (readonly number[])[],
  { volumes, repetitionTime }: { readonly volumes: number; readonly repetitionTime: number },
): number[] {
  const step = 0.05;
  const grid = new Float64Array(Math.ceil((volumes * repetitionTime) / step) + 1);
  for (const [onset, duration, weight] of events) {
    const [from, to] = [onset, onset + duration].map((seconds) =>
      Math.trunc(seconds / step + 1e-9),
    );
    for (let i = from; i < Math.max(to, from + 1) && i < grid.length; i++) grid[i] = weight;
  }
  return Array.from(
    { length: volumes },
    (_, k) => grid[Math.trunc(((k + 0.5) * repetitionTime) / step + 1e-9)],
  );
}
