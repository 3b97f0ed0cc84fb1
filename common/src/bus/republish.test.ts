// On a real broker: republish.service.test.ts.

import { createLogger } from '../observability/logger.js';
import { jobCause } from '../observability/trace.js';
import { republishAfterLoss } from './republish.js';

const now = new Date('2026-11-27T12:00:00Z');
const minuteMs = 60_000;
const minutesFromNow = (minutes: number) => new Date(now.getTime() + minutes * minuteMs);

async function* nothing(_since: Date) {
  yield* [];
}

/** Runs the job on a broker that replaced the one last seen at `seenAt`; returns since when it republishes. */
async function republishedSince(seenAt: Date): Promise<Date | undefined> {
  let since: Date | undefined;
  const job = republishAfterLoss({
    bus: { serverId: () => 'new' } as never,
    brokerIdentity: { read: async () => ({ serverId: 'old', seenAt }), write: async () => undefined },
    outboxes: [{ republish: (time: Date) => nothing((since = time)) } as never],
    log: createLogger('test', 'silent'),
    now: () => now,
  });
  await job({ cause: jobCause('test'), signal: new AbortController().signal });
  return since;
}

test.each([
  ['ten minutes before it last saw the old one', -5, -15],
  ['ten minutes ago, if a clock that was ahead stored that time', 60, -10],
])('the changes that a new broker receives again begin %s', async (_begin, seen, since) => {
  expect(await republishedSince(minutesFromNow(seen))).toEqual(minutesFromNow(since));
});
