import { plotOf, roundUp } from './plot-points.js';

test('the line rises at each sale by its places and goes on until now', () => {
  const sales = [
    { at: 1_500, places: 1 },
    { at: 1_000, places: 2 },
    { at: 1_750, places: 1 },
  ];
  expect(plotOf(sales, 2_000)).toEqual({
    path: 'M0 100H0V50H50V25H75V0H100',
    area: 'M0 100H0V50H50V25H75V0H100V100H0Z',
    ...{ top: 4, from: 1_000, to: 2_000 },
  });
});

test('refunded sales are no steps', () => {
  const sales = [
    { at: 1_000, places: 2 },
    { at: 1_500, places: 0 },
  ];
  expect(plotOf(sales, 2_000)?.path).toBe('M0 100H0V0H100');
});

test('without places sold there is no line', () => {
  expect(plotOf([], 1)).toBeUndefined();
  expect(plotOf([{ at: 0, places: 0 }], 1)).toBeUndefined();
});

test('a clock that is behind the last sale moves no step out of the box', () => {
  expect(plotOf([{ at: 1_000, places: 1 }], 5)?.path).toBe('M0 100H0V50H100');
});

test.each([
  [1, 2],
  [2, 2],
  [3, 4],
  [9, 10],
  [10, 10],
  [11, 20],
  [101, 200],
  [999, 1_000],
  [100_000, 100_000],
])('the top of a plot of %i places is %i', (count, top) => {
  expect(roundUp(count)).toBe(top);
});
