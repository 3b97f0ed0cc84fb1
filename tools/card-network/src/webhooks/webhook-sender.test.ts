import { retryDelay } from './webhook-sender.js';

describe('the wait before a webhook is sent again', () => {
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
