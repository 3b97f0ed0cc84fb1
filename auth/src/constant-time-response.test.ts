import { untilNextStep } from './constant-time-response.js';

test.each([0, 7, 49, 51, 260])('what took %d ms is answered when a full step has gone by', async (took) => {
  const begin = performance.now() - took;
  await untilNextStep(begin);
  const passed = performance.now() - begin;
  // A timer comes a little late, never more than a millisecond early.
  expect(passed).toBeGreaterThan((Math.floor(took / 50) + 1) * 50 - 1.5);
});
