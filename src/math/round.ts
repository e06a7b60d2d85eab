/** The nearest whole number, and of two equally near the even one, as numpy's rint (IEEE 754). */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return Math.round(x);
}
