/** One setting of a FEAT design file: its key and its value as it stands there. */
export type Setting = readonly [key: string, value: string];

/** Where the handoff lies, put in by its script: FEAT wants absolute paths. */
export const ROOT = '@ROOT@';

/** `set fmri(tr) 1.5`. */
export const fmri = (key: string, value: string | number): Setting => [
  `fmri(${key})`,
  String(value),
];

/** Text in the quotes that FEAT's two readers, Tcl and feat_model, both take. */
export const quoted = (text: string) => `"${text}"`;

/**
 * A design file: one setting a line, no blank after a value. FEAT sources it as Tcl and feat_model reads
 * it as lines of fewer than 1000 characters.
 */
export const fsfText = (settings: readonly Setting[]): string =>
  settings.map(([key, value]) => `set ${key} ${value}\n`).join('');
