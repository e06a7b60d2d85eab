/** A script's commands in words, as a POSIX shell splits them: quotes, and lines joined by a backslash. */
export function commandsOf(script: string): string[][] {
  return script
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) =>
      [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
        word.replace(/'([^']*)'|"([^"]*)"/g, (_, a, b) => a ?? b),
      ),
    );
}

/** The one command of this program that speaks of this output, without its name. */
export function commandOf(script: string, program: string, about: string): string[] {
  const found = commandsOf(script).filter(
    ([name, ...rest]) =>
      name === program && rest.some((word) => word.includes(`results/${about}/`)),
  );
  if (found.length !== 1) throw new Error(`${found.length} commands ${program} for ${about}`);
  return found[0].slice(1);
}

/** The words behind each time an option stands. */
export function option(words: readonly string[], name: string, count = 1): string[][] {
  return words.flatMap((word, i) => (word === name ? [words.slice(i + 1, i + 1 + count)] : []));
}

/** Columns of numbers, as a .1D file holds them. */
export const readColumns = (text: string): number[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ').map(Number)); // [volumes][columns]

export interface Married {
  readonly time: number;
  readonly amplitude: number;
  readonly duration: number | null;
}

/** A file of stimulus times with local times: a line a run, `time[*amplitude][:duration]`, `*` for none. */
export function readTimes(text: string): Married[][] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) =>
      line === '*'
        ? []
        : line.split(' ').map((entry) => {
            const found = /^([\d.]+)(?:\*(-?[\d.]+))?(?::([\d.]+))?$/.exec(entry);
            if (!found) throw new Error(`not a time: '${entry}'`);
            const [, time, amplitude = '1', duration] = found;
            return {
              time: Number(time),
              amplitude: Number(amplitude),
              duration: duration === undefined ? null : Number(duration),
            };
          }),
    );
}

/** `EXPR(b,t) 1`: each event adds its amplitude to volumes that begin from b to t seconds after it. */
export function evaluated(
  model: string,
  runs: readonly (readonly Married[])[],
  {
    volumes,
    repetitionTime,
  }: { readonly volumes: readonly number[]; readonly repetitionTime: number },
): number[] {
  const [, from, to] = /^EXPR\((-?[\d.]+),(-?[\d.]+)\) 1$/.exec(model) ?? [];
  if (from === undefined) throw new Error(`not a boxcar: ${model}`);
  return runs.flatMap((events, r) =>
    Array.from({ length: volumes[r] }, (_, k) =>
      events.reduce((sum, { time, amplitude }) => {
        const since = k * repetitionTime - time;
        return sum + (since >= Number(from) && since <= Number(to) ? amplitude : 0);
      }, 0),
    ),
  );
}

/** `SYM: +1*a -0.5*b[1] | +2*c`: weights of each row by label. The same name twice is an error here. */
export function readSymbols(text: string): ReadonlyMap<string, number>[] {
  const [, rows] = /^SYM: (.+)$/.exec(text) ?? [];
  if (rows === undefined) throw new Error(`not symbols: ${text}`);
  return rows.split(' | ').map((row) => {
    const weights = new Map<string, number>();
    for (const term of row.split(' ')) {
      const found = /^([+-]\d+(?:\.\d+)?)\*([A-Za-z][A-Za-z0-9_]*(?:\[\d+\])?)$/.exec(term);
      if (!found || weights.has(found[2])) throw new Error(`not a term: '${term}'`);
      weights.set(found[2], Number(found[1]));
    }
    return weights;
  });
}
