// How well two kinds of answer can be told apart by the time they took.

/**
 * The probability that a value of `a` is greater than one of `b` (the area under the ROC curve): 0.5 when they cannot be
 * told apart, 0 or 1 when they always can.
 */
export function auc(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, isA: true })), ...b.map((value) => ({ value, isA: false }))];
  all.sort((left, right) => left.value - right.value);
  let sumOfRanks = 0;
  for (let begin = 0; begin < all.length;) {
    let end = begin;
    while (all[end]?.value === all[begin]?.value && end < all.length) end += 1;
    // Equal values share their ranks: from begin + 1 to end.
    const rank = (begin + 1 + end) / 2;
    sumOfRanks += rank * all.slice(begin, end).filter(({ isA }) => isA).length;
    begin = end;
  }
  return (sumOfRanks - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
}

/** The standard error of `auc` when both kinds are the same, for so many values of each (Mann and Whitney). */
export const standardError = (pairs: number): number => Math.sqrt((2 * pairs + 1) / (12 * pairs * pairs));
