import { retryDelay } from './delivery-queues.js';

describe('the delay before a webhook is retried', () => {
  it.each([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [6, 32_000],
    [7, 60_000],
    [10_000, 60_000],
  ])('after failure %i is %i ms', (failures, ms) => {
    expect(retryDelay(failures)).toBe(ms);
  });
});
