import { DesignError } from '../../core/errors.js';
import { nearest } from '../../math/edit-distance.js';

/** A pattern as an expression for the whole name: `*` stands for any characters, `?` for one. */
function expressionOf(pattern: string): RegExp {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

/** A name that is there exactly is itself, whatever signs it holds. */
function matching(names: readonly string[], pattern: string): readonly string[] {
  if (names.includes(pattern)) return [pattern];
  const expression = expressionOf(pattern);
  const found = names.filter((name) => expression.test(name));
  if (found.length > 0) return found;
  const near = nearest(pattern, names);
  throw new DesignError('unknown-confound', {
    given: `no confound fits '${pattern}'`,
    expected: `a name or pattern (such as trans_*) of ${names.join(', ') || 'no confounds'}`,
    todo: near === null ? 'Check the confounds table.' : `Did you mean '${near}'?`,
  });
}

/**
 * The confounds that exact names or patterns (`trans_*`, `rot_?`) choose, each once: in the patterns'
 * order, and within a pattern in the table's.
 * @throws DesignError `unknown-confound` where a pattern fits nothing.
 */
export function selectConfounds(names: readonly string[], patterns: readonly string[]): string[] {
  return [...new Set(patterns.flatMap((pattern) => matching(names, pattern)))];
}
