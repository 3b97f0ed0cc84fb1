// Every outcome of a message. On a real broker: consumer.service.test.ts.

import { accept, already, refuse } from '../decision.js';
import { DependencyDown, InvalidInput, NotFound } from '../errors.js';
import { ExpirationComplete } from '../events/expiration.js';
import { toEnvelope } from '../events/event.js';
import { newId } from '../id.js';
import { createLogger } from '../observability/logger.js';
import { createMetrics } from '../observability/metrics.js';
import { eventually } from '../testing/index.js';
import { jobCause, traceIdOf } from '../observability/trace.js';
import type { BusMessage } from './bus.js';
import { createConsumer } from './consumer.js';
import type { DeadLetter } from './dead-letters.js';
import { type NewlyParked, type ParkedMessage, parkedIdOf } from './parked-messages.js';
import { on, type Subscription } from './subscription.js';

const limits = {
  RETRY_DELAY_MS: 100,
  RETRY_DELAY_MAX_MS: 1_000,
  MAX_TRIES: 5,
  NOT_FOUND_RETRY_SECONDS: 110,
};
const anEnvelope = () => toEnvelope(ExpirationComplete({ orderId: newId() }), jobCause('test'), new Date());

type Handle = Subscription['handle'];

/** Parked messages in an array, each claimed when it is asked for: `ageMs` of the store gives their age. */
function parkedIn(parked: NewlyParked[], store: { down: boolean; isFull: boolean; ageMs?: number }) {
  const toParked = (message: NewlyParked): ParkedMessage => ({
    ...message,
    id: parkedIdOf(message.body),
    ageMs: store.ageMs ?? 0,
  });
  const indexOf = (id: string) => parked.findIndex(({ body }) => parkedIdOf(body) === id);
  return {
    async add(message: NewlyParked) {
      if (store.down) throw new DependencyDown('database');
      if (!store.isFull) parked.push(message);
      return !store.isFull;
    },
    claim: async () => parked.map(toParked),
    async postpone({ id, tries }: { id: string; tries: number }, delayMs: number) {
      parked.splice(indexOf(id), 1, { ...(parked[indexOf(id)] as NewlyParked), tries, delayMs });
    },
    remove: async (id: string) => void parked.splice(indexOf(id), 1),
    depth: async () => ({ count: parked.length, oldestSeconds: 0 }),
  };
}

function aConsumer(handle: Handle, more: Partial<typeof limits> = {}) {
  const letters: Omit<DeadLetter, 'id'>[] = [];
  const lines: Record<string, unknown>[] = [];
  const parked: NewlyParked[] = [];
  const store = { down: false, isFull: false };
  const metrics = createMetrics();
  const consumer = createConsumer({
    subscriptions: [on(ExpirationComplete, handle)],
    deadLetters: {
      async add(letter) {
        if (store.down) throw new DependencyDown('database');
        letters.push(letter);
      },
      list: async function* () {},
      count: async () => letters.length,
      remove: async () => false,
    },
    parkedMessages: parkedIn(parked, store),
    log: createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) }),
    metrics,
    now: () => new Date(),
    limits: { ...limits, ...more },
  });
  return { ...consumer, letters, parked, lines, store, metrics };
}

function aMessage(
  more: Partial<Pick<BusMessage, 'body' | 'isRedelivery' | 'storedAt' | 'isOnSubjectOf'>> = {},
) {
  const settled: ('handler ended' | 'ack' | number)[] = [];
  let heartbeats = 0;
  const message: BusMessage = {
    body: JSON.stringify(anEnvelope()),
    isRedelivery: false,
    storedAt: new Date(),
    isOnSubjectOf: () => true,
    ...more,
    ack: () => settled.push('ack'),
    retry: (delayMs) => settled.push(delayMs),
    stillWorking: () => (heartbeats += 1),
    handlerEnded: () => settled.push('handler ended'),
  };
  return { message, settled, heartbeats: () => heartbeats };
}

const throwing = (error: unknown) => async () => {
  throw error;
};

const defect = throwing(new TypeError('x'));
const notFound = throwing(new NotFound('order', 'a'));

describe('a message', () => {
  type Case = [what: string, handle: Handle, message: Parameters<typeof aMessage>[0], outcome: string];
  const old = new Date(0);
  const cases: Case[] = [
    ['that is accepted', async () => accept({}), {}, 'acknowledged'],
    ['that changes nothing', async () => already({}), {}, 'acknowledged'],
    ['that is refused', async () => refuse('not-due'), {}, 'acknowledged'],
    ['whose handler returns nothing', async () => undefined, {}, 'acknowledged'],
    ['whose handler throws', defect, {}, 'parked for 50–100 ms'],
    ['whose handler throws a string', throwing('x'), {}, 'parked for 50–100 ms'],
    [
      'that was handed back before its handler throws',
      defect,
      { isRedelivery: true },
      'parked for 50–100 ms',
    ],
    ['whose subject is not found', notFound, {}, 'parked for 50–100 ms'],
    ['whose subject is not found, on a late first try', notFound, { storedAt: old }, 'parked for 50–100 ms'],
    ['whose handler throws InvalidInput', throwing(new InvalidInput([])), {}, 'dead letter'],
    ['that is not JSON', defect, { body: 'nonsense' }, 'dead letter'],
    ['that is JSON but not an envelope', defect, { body: '{"type":"expiration:complete"}' }, 'dead letter'],
    [
      'of a type without a subscription',
      defect,
      { body: JSON.stringify({ ...anEnvelope(), type: 'x:y' }) },
      'dead letter',
    ],
    [
      'whose data do not match the schema',
      defect,
      { body: JSON.stringify({ ...anEnvelope(), data: { orderId: 7 } }) },
      'dead letter',
    ],
  ];

  for (const [what, handle, given, outcome] of cases)
    test(`${what}: ${outcome}`, async () => {
      const { deliver, letters, parked } = aConsumer(handle);
      const { message, settled } = aMessage(given);
      await deliver(message);
      const isStored = outcome !== 'acknowledged';
      expect(settled).toEqual(isStored ? ['handler ended', 'ack'] : ['ack']);
      const [first = 0, last = 0] = /(\d+)–(\d+)/.exec(outcome)?.slice(1).map(Number) ?? [];
      expect(parked).toHaveLength(last > 0 ? 1 : 0);
      for (const { delayMs } of parked) expect(delayMs >= first && delayMs <= last).toBe(true);
      expect(letters).toHaveLength(outcome === 'dead letter' ? 1 : 0);
    });

  test('on the subject of another event is not handled, raises an alarm, and cannot be replayed', async () => {
    const { deliver, letters, parked, lines } = aConsumer(async () => {
      throw new Error('handled');
    });
    const { message, settled } = aMessage({ isOnSubjectOf: ({ type }) => type !== 'expiration:complete' });
    await deliver(message);
    expect([settled, letters, parked]).toEqual([['ack'], [], []]);
    expect(lines).toMatchObject([{ alarm: true, type: 'expiration:complete', level: 'error' }]);
  });

  test('that fails becomes a dead letter at once while the store of parked messages is full', async () => {
    const { deliver, letters, parked, store } = aConsumer(notFound);
    store.isFull = true;
    const { message, settled } = aMessage();
    await deliver(message);
    expect([settled.at(-1), parked.length, letters.length]).toEqual(['ack', 0, 1]);
  });

  test.each([
    ['a first delivery', 0, false],
    ['a redelivery', 1, true],
  ])('%s adds %d to the metric of redelivered messages', async (_what, count, isRedelivery) => {
    const { deliver, metrics } = aConsumer(async () => undefined);
    await deliver(aMessage({ isRedelivery }).message);
    expect((await metrics.redelivered.get()).values[0]?.value).toBe(count);
  });

  test('is handled with its data, its id, its time and a cause', async () => {
    const seen: unknown[] = [];
    const { deliver } = aConsumer(async (incoming) => void seen.push(incoming));
    const envelope = anEnvelope();
    await deliver(aMessage({ body: JSON.stringify({ ...envelope, unknown: 1 }) }).message);
    const traceId = traceIdOf(envelope.traceparent ?? '');
    expect(seen).toEqual([
      {
        data: envelope.data,
        id: envelope.id,
        time: new Date(envelope.time),
        cause: { by: 'system', why: `event:${envelope.id}`, traceparent: expect.stringContaining(traceId) },
      },
    ]);
  });

  test('is stored as a dead letter complete and with its error, and raises an alarm', async () => {
    const { deliver, letters, lines } = aConsumer(throwing(new TypeError('x is undefined')), {
      MAX_TRIES: 1,
    });
    const { message } = aMessage();
    await deliver(message);
    expect(letters).toEqual([
      {
        body: message.body,
        type: 'expiration:complete',
        error: expect.stringContaining('TypeError: x is undefined'),
        tries: 1,
        storedAt: message.storedAt,
        diedAt: expect.any(Date),
      },
    ]);
    expect(lines).toEqual([expect.objectContaining({ alarm: true, type: 'expiration:complete', tries: 1 })]);
  });

  test.each([
    [5, 'message parked: it will be tried again'],
    [1, 'message moved to the dead letters'],
  ])(
    'with %d tries that fails in a burst does not write a log line of its own: %s',
    async (MAX_TRIES, msg) => {
      const { deliver, lines } = aConsumer(defect, { MAX_TRIES });
      await Promise.all(Array.from({ length: 100 }, () => deliver(aMessage().message)));
      expect(lines).toEqual([expect.objectContaining({ msg, messages: 1 })]);
      await eventually(() => expect(lines[1]).toMatchObject({ msg, messages: 99 }));
    },
  );

  test('that is refused is logged with its code', async () => {
    const { deliver, lines } = aConsumer(async () => refuse('not-due'));
    await deliver(aMessage().message);
    expect(lines).toEqual([
      expect.objectContaining({ code: 'not-due', level: 'info', traceId: expect.any(String) }),
    ]);
  });

  test('is kept by heartbeats while its handler runs', async () => {
    jest.useFakeTimers();
    try {
      let finish = () => undefined as void;
      const { deliver } = aConsumer(() => new Promise<void>((resolve) => (finish = resolve)));
      const { message, settled, heartbeats } = aMessage();
      const delivered = deliver(message);
      await jest.advanceTimersByTimeAsync(60_000);
      expect([heartbeats(), settled]).toEqual([6, []]);
      finish();
      await delivered;
      await jest.advanceTimersByTimeAsync(60_000);
      expect([heartbeats(), settled]).toEqual([6, ['ack']]);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('a parked message', () => {
  const job = { cause: jobCause('test'), signal: new AbortController().signal };
  type Case = [what: string, handle: Handle, tries: number, ageMs: number, outcome: string];
  const cases: Case[] = [
    ['that is handled', async () => accept({}), 1, 0, 'removed'],
    ['that is refused', async () => refuse('not-due'), 1, 0, 'removed'],
    ['whose handler throws again', defect, 3, 0, 'postponed by 400–800 ms'],
    ['whose handler throws for the fifth time', defect, 4, 0, 'dead letter'],
    ['whose subject is still unknown', notFound, 50, 60_000, 'postponed by 500–1000 ms'],
    ['whose subject is unknown near the time limit', notFound, 50, 109_990, 'postponed by 10–10 ms'],
    ['whose subject is unknown at the time limit', notFound, 1, 110_000, 'dead letter'],
  ];
  test.each(cases)('%s', async (_what, handle, tries, ageMs, outcome) => {
    const { retryParked, parked, letters, store } = aConsumer(handle);
    parked.push({ ...aMessage().message, type: 'expiration:complete', tries, delayMs: 0 });
    Object.assign(store, { ageMs });
    await retryParked(job);
    const [first = 0, last = 0] = /(\d+)–(\d+)/.exec(outcome)?.slice(1).map(Number) ?? [];
    expect(parked).toHaveLength(last > 0 ? 1 : 0);
    for (const { delayMs } of parked) expect(delayMs >= first && delayMs <= last).toBe(true);
    for (const message of parked) expect(message.tries).toBe(tries + 1);
    expect(letters).toHaveLength(outcome === 'dead letter' ? 1 : 0);
  });

  test('waits for the next run of the job after a thousand others', async () => {
    let tries = 0;
    const { retryParked, parked } = aConsumer(async () => {
      tries += 1;
      throw new NotFound('order', 'a');
    });
    for (let count = 0; count < 100; count += 1)
      parked.push({ ...aMessage().message, type: 'expiration:complete', tries: 1, delayMs: 0 });
    // The store of this test offers the same hundred each time.
    await retryParked(job);
    expect(tries).toBe(1_000);
  });

  test('stays as it is while a dependency is down', async () => {
    const { retryParked, parked, letters } = aConsumer(throwing(new DependencyDown('database')));
    const message = { ...aMessage().message, type: 'expiration:complete', tries: 9, delayMs: 0 };
    parked.push(message);
    await expect(retryParked(job)).rejects.toThrow(DependencyDown);
    expect([parked, letters]).toEqual([[message], []]);
  });
});

describe('while a dependency is down', () => {
  const quick = { RETRY_DELAY_MS: 2, RETRY_DELAY_MAX_MS: 4, MAX_TRIES: 1 };

  test('a message stays in flight until it is handled, and never becomes a dead letter', async () => {
    let tries = 0;
    const { deliver, letters } = aConsumer(async () => {
      tries += 1;
      if (tries < 20) throw new DependencyDown('database');
    }, quick);
    const { message, settled } = aMessage({ storedAt: new Date(0) });
    await deliver(message);
    expect([tries, settled, letters]).toEqual([20, ['ack'], []]);
  });

  /** Delivers a message that fails once, and another one while the consumer pauses. */
  async function deliverTwo(pauseMs: number) {
    const tried: string[] = [];
    const down = anEnvelope();
    const { deliver, lines, stop } = aConsumer(
      async ({ id }) => {
        tried.push(id === down.id ? 'first' : 'second');
        if (tried.length === 1) throw new DependencyDown('database');
      },
      { RETRY_DELAY_MS: pauseMs, RETRY_DELAY_MAX_MS: pauseMs },
    );
    const first = deliver(aMessage({ body: JSON.stringify(down) }).message);
    await eventually(() => expect(lines).toHaveLength(1));
    const second = deliver(aMessage().message);
    return { tried, both: Promise.all([first, second]), stop };
  }

  test('no message is tried during the pause', async () => {
    const { tried, both, stop } = await deliverTwo(600_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(tried).toEqual(['first']);
    stop();
    await both;
    expect(tried).toEqual(['first']);
  });

  test('the messages are tried in their order when the pause is over', async () => {
    const { tried, both } = await deliverTwo(100);
    await both;
    expect(tried).toEqual(['first', 'first', 'second']);
  });

  test('a message that cannot be stored as a dead letter stays in flight', async () => {
    const { deliver, letters, lines, store } = aConsumer(throwing(new TypeError('x')), quick);
    store.down = true;
    const { message, settled } = aMessage();
    const delivered = deliver(message);
    await eventually(() => expect(lines.length).toBeGreaterThan(2));
    expect([settled.includes('ack'), letters]).toEqual([false, []]);
    store.down = false;
    await delivered;
    expect([settled.at(-1), letters.length]).toEqual(['ack', 1]);
  });

  test('a service that stops returns its messages to the broker', async () => {
    const { deliver, stop, lines } = aConsumer(throwing(new DependencyDown('database')), {
      RETRY_DELAY_MS: 600_000,
      RETRY_DELAY_MAX_MS: 600_000,
    });
    const { message, settled } = aMessage();
    const delivered = deliver(message);
    await eventually(() => expect(lines).toHaveLength(1));
    stop();
    await delivered;
    expect(settled).toEqual([0]);
  });
});
