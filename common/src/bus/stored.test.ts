import { createMetrics } from '../observability/metrics.js';
import { jobCause } from '../observability/trace.js';
import { measureStream } from './stored.js';

type Stored = { bytes: number; limit?: number } | undefined;

/** The lines of /metrics after one measurement of each value. */
async function measure(...values: Stored[]): Promise<string[]> {
  const metrics = createMetrics();
  const left = values.values();
  const run = measureStream({ bus: { stored: async () => left.next().value }, metrics });
  for (const _value of values) await run({ cause: jobCause('test'), signal: new AbortController().signal });
  return (await metrics.registry.metrics()).split('\n').filter((line) => /^ticketing_bus_stream_/.test(line));
}

test.each<[string, Stored[], string[]]>([
  [
    'shows its bytes and its limit',
    [{ bytes: 80, limit: 100 }],
    ['ticketing_bus_stream_bytes 80', 'ticketing_bus_stream_max_bytes 100'],
  ],
  ['has no limit to show without one', [{ bytes: 80 }], ['ticketing_bus_stream_bytes 80']],
  ['shows nothing old while the bus is away', [{ bytes: 80, limit: 100 }, undefined], []],
])('the stream %s', async (_what, values, lines) => {
  expect(await measure(...values)).toEqual(lines);
});
