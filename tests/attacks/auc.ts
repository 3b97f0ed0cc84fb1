// Measures how well response times distinguish two kinds of requests.

/**
 * The area under the ROC curve: the probability that a value of `a` is greater than a value of `b`. It is 0.5 for equal
 * distributions, and 0 or 1 for disjoint ones.
 */
export function auc(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, isA: true })), ...b.map((value) => ({ value, isA: false }))];
  all.sort((left, right) => left.value - right.value);
  let sumOfRanks = 0;
  for (let begin = 0; begin < all.length;) {
    let end = begin;
    while (all[end]?.value === all[begin]?.value && end < all.length) end += 1;
    // Equal values share the mean of the ranks begin + 1 to end.
    const rank = (begin + 1 + end) / 2;
    sumOfRanks += rank * all.slice(begin, end).filter(({ isA }) => isA).length;
    begin = end;
  }
  return (sumOfRanks - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
}

/** The standard error of `auc` for equal distributions, with `pairs` values of each (Mann and Whitney). */
export const standardError = (pairs: number): number => Math.sqrt((2 * pairs + 1) / (12 * pairs * pairs));
