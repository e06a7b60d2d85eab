/**
 * The fewest single-character insertions, deletions and replacements that turn one word into another.
 * Source: Wagner and Fischer 1974 (the Levenshtein distance).
 */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j); // [to.length + 1]
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}

/** The candidate nearest to a word, or null where there are none. The first of equals. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const distances = candidates.map((candidate) => editDistance(word, candidate)); // [candidates]
  const best = distances.indexOf(Math.min(...distances));
  return candidates[best] ?? null;
}
