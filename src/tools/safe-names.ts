/**
 * Names that a tool takes, in the order of those given, each once: what it would not take becomes `_`,
 * a first character that is no letter gets an `x` before it, what is too long is cut, and what is there
 * already (whatever its case: some disks do not tell) gets a number.
 */
export function safeNames(
  names: readonly string[],
  rule: {
    /** One character that the tool does not take, with the flag `g`. */
    readonly unfit: RegExp;
    /** Characters at most. */
    readonly longest: number;
  },
): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = name.replace(rule.unfit, '_').replace(/^(?![A-Za-z])/, 'x');
    for (let n = 1; ; n++) {
      const end = n === 1 ? '' : `_${n}`;
      const own = `${plain.slice(0, rule.longest - end.length)}${end}`;
      if (taken.has(own.toLowerCase())) continue;
      taken.add(own.toLowerCase());
      return own;
    }
  });
}
