/** The attributes of an AFNI data set by name: text, or numbers as they are written. */
export type AfniAttributes = ReadonlyMap<string, string>;

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

/**
 * Reads the text of AFNI's header extension (code 4): elements `<AFNI_atr ni_type= atr_name= >`, text in
 * quotes with XML's entities. Older files say AFNI_name. Source: AFNI, thd_niftiwrite.c, thd_nimlatr.c.
 */
export function parseAfniAttributes(text: string): AfniAttributes {
  const found = [...text.matchAll(/<AFNI_atr\b([^>]*)>([^<]*)<\/AFNI_atr>/g)];
  return new Map(
    found.flatMap(([, head, body]) => {
      const [, name] =
        /\batr_name="([^"]*)"/.exec(head) ?? /\bAFNI_name="([^"]*)"/.exec(head) ?? [];
      return name === undefined ? [] : [[name, attributeValue(body)] as const];
    }),
  );
}

/** Long text comes in several pieces, each in quotes. */
function attributeValue(body: string): string {
  const pieces = [...body.matchAll(/"([^"]*)"/g)].map(([, piece]) => piece);
  const text = pieces.length > 0 ? pieces.join('') : body.trim();
  return text.replace(/&(\w+);/g, (all, name: string) => ENTITIES[name] ?? all);
}

/** What a sub-brick is: `Ttest(175)`, `Ftest(3,175)`, `Zscore()`, another statistic, or none. */
export interface BrickStatistic {
  readonly code: number;
  readonly parameters: readonly number[];
}

const SYMBOLS: Readonly<Record<string, number>> = { Ttest: 3, Ftest: 4, Zscore: 5 };

/**
 * The label and the statistic of every sub-brick. BRICK_STATSYM is read first, BRICK_STATAUX where it is
 * missing, as AFNI does (thd_initdblk.c).
 */
export function bricksOf(
  attributes: AfniAttributes,
): readonly { readonly label: string; readonly statistic: BrickStatistic | null }[] {
  const labels = (attributes.get('BRICK_LABS') ?? '').split('~');
  const symbols = attributes.get('BRICK_STATSYM')?.split(';');
  const numbers = parseStatAux(attributes.get('BRICK_STATAUX') ?? '');
  return labels.map((label, brick) => ({
    label,
    statistic: symbols ? parseSymbol(symbols[brick] ?? 'none') : (numbers.get(brick) ?? null),
  }));
}

function parseSymbol(symbol: string): BrickStatistic | null {
  const [, name, list] = /^\s*(\w+)\s*\(([^)]*)\)/.exec(symbol) ?? [];
  if (name === undefined) return null;
  const parameters = list.split(',').filter((own) => own.trim() !== '');
  return { code: SYMBOLS[name] ?? Number.NaN, parameters: parameters.map(Number) };
}

/** `index code n p1 ... pn`, again and again. */
function parseStatAux(text: string): Map<number, BrickStatistic> {
  const numbers = text.split(/\s+/).filter(Boolean).map(Number);
  const found = new Map<number, BrickStatistic>();
  for (let at = 0; at + 2 < numbers.length; ) {
    const [brick, code, count] = numbers.slice(at, at + 3);
    found.set(brick, { code, parameters: numbers.slice(at + 3, at + 3 + count) });
    at += 3 + count;
  }
  return found;
}
