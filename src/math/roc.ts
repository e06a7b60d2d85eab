/**
 * Area under the ROC curve: the chance that a positive's score exceeds a negative's, ties counting half.
 * Source: the Mann-Whitney statistic (Hanley and McNeil 1982).
 */
export function areaUnderRoc(positives: readonly number[], negatives: readonly number[]): number {
  const all = [
    ...positives.map((score) => ({ score, isPositive: true })),
    ...negatives.map((score) => ({ score, isPositive: false })),
  ].sort((a, b) => a.score - b.score);
  let ranks = 0;
  for (let i = 0; i < all.length; ) {
    let end = i;
    while (end < all.length && all[end].score === all[i].score) end++;
    const rank = (i + 1 + end) / 2; // mean of the ranks i + 1..end
    for (; i < end; i++) if (all[i].isPositive) ranks += rank;
  }
  const n = positives.length;
  return (ranks - (n * (n + 1)) / 2) / (n * negatives.length);
}
