/** Keeps the first of many items. */
export interface Top<T> {
  /** The score below which an item is not among them. */
  least(): number;
  add(item: T): void;
  /** The best first. */
  sorted(): readonly T[];
}

/**
 * The `count` items that score highest of all that are added, in memory for about twice as many;
 * `order` sorts those that score alike, whatever order they come in.
 */
export function makeTop<T extends { readonly score: number }>(
  count: number,
  order: (a: T, b: T) => number,
): Top<T> {
  let kept: T[] = [];
  let least = Number.NEGATIVE_INFINITY;
  const keep = () => {
    kept = kept.sort((a, b) => b.score - a.score || order(a, b)).slice(0, count);
    if (kept.length === count) least = kept[count - 1].score;
  };
  return {
    least: () => least,
    add: (item) => {
      kept.push(item);
      if (kept.length >= 2 * count + 1000) keep();
    },
    sorted: () => {
      keep();
      return kept;
    },
  };
}
