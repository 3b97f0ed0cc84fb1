import { createLogger } from '../observability/logger.js';
import { createMetrics } from '../observability/metrics.js';
import { jobCause } from '../observability/trace.js';
import { watchWindow } from './window.js';

/** Measures a window of 1,000 once for each number of unacknowledged messages; returns the alarms and the last share. */
async function measure(...used: (number | undefined)[]) {
  const lines: Record<string, unknown>[] = [];
  const metrics = createMetrics();
  const log = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const numbers = used.values();
  const window = async () => {
    const { value } = numbers.next();
    return value === undefined ? undefined : { used: value, limit: 1_000 };
  };
  const run = watchWindow({ bus: { window }, metrics, log });
  const input = { cause: jobCause('test'), signal: new AbortController().signal };
  for (const _number of used) await run(input);
  return { alarms: lines.length, share: (await metrics.windowUsed.get()).values[0]?.value };
}

test.each<[string, (number | undefined)[], number, number | undefined]>([
  ['is empty', [0, 0], 0, 0],
  ['is nearly full once', [801, 0, 900], 0, 0.9],
  ['is nearly full twice', [801, 802], 1, 0.802],
  ['stays nearly full', [1_000, 1_000, 1_000, 1_000], 1, 1],
  ['is nearly full again', [900, 900, 100, 900, 900], 2, 0.9],
  ['is unknown', [900, undefined], 0, undefined],
])('a window that %s: %j', async (_what, used, alarms, share) => {
  expect(await measure(...used)).toEqual({ alarms, share });
});
