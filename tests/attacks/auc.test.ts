import { auc, standardError } from './auc.js';

test.each([
  ['the same', [1, 2, 3], [1, 2, 3], 0.5],
  ['always greater', [4, 5, 6], [1, 2, 3], 1],
  ['always less', [1, 2], [3, 4], 0],
  ['all equal', [1, 1, 1], [1, 1, 1], 0.5],
  ['mixed', [1, 3], [2, 4], 0.25],
  ['with ties', [1, 2], [2, 3], 0.125],
])('the area under the curve of values that are %s', (_what, a, b, expected) => {
  expect(auc(a, b)).toBeCloseTo(expected);
});

test('the standard error shrinks with the number of pairs', () => {
  expect(standardError(300)).toBeCloseTo(0.0236, 4);
  expect(standardError(2_000)).toBeCloseTo(0.0091, 4);
});
