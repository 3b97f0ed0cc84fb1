import { untilNextStep } from './constant-time-response.js';

test.each([0, 7, 49, 51, 260])('an answer that took %d ms leaves at the next full step', async (took) => {
  const begin = performance.now() - took;
  await untilNextStep(begin);
  const passed = performance.now() - begin;
  // A timer may fire a little late, and at most one millisecond early.
  expect(passed).toBeGreaterThan((Math.floor(took / 50) + 1) * 50 - 1.5);
});
