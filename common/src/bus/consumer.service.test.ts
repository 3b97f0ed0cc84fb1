// The consumer on a real broker and a real store of dead letters. Every outcome of a message: consumer.test.ts.

import { connect } from '@nats-io/transport-node';
import { jetstream } from '@nats-io/jetstream';
import { DependencyDown } from '../errors.js';
import { ExpirationComplete } from '../events/expiration.js';
import { TicketUpdated } from '../events/tickets.js';
import { toEnvelope } from '../events/event.js';
import { newId } from '../id.js';
import { eventually, startForTest } from '../testing/index.js';
import { aService } from '../testing/things.js';
import { jobCause } from '../observability/trace.js';
import { on } from './subscription.js';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

/** A service that calls `handle` for each expiration and records ticket updates. */
async function aListener(handle: (orderId: string, tries: number) => void, env: Record<string, string> = {}) {
  const tries = new Map<string, number[]>();
  const others: string[] = [];
  const service = await startForTest(
    aService({
      subscriptions: () => [
        on(ExpirationComplete, async ({ data: { orderId } }) => {
          const times = [...(tries.get(orderId) ?? []), performance.now()];
          tries.set(orderId, times);
          handle(orderId, times.length);
        }),
        on(TicketUpdated, async ({ data }) => void others.push(data.id)),
      ],
    }),
    env,
  );
  started.push(() => service.stop());
  const collection = service.ctx.database.connection.collection('deadLetters');
  return {
    ...service,
    others,
    triesOf: (id: string) => tries.get(id)?.length ?? 0,
    firstTryAt: (id: string) => tries.get(id)?.[0] ?? Number.NaN,
    gapsOf: (id: string) =>
      (tries.get(id) ?? []).flatMap((at, index, all) => at - (all[index - 1] ?? at)).slice(1),
    deadLetters: () => collection.find().toArray(),
  };
}

const expired = (orderId: string) => ExpirationComplete({ orderId });
const anUpdate = (id: string) =>
  TicketUpdated({ id, version: 0, title: 'x', price: '1.00', currency: 'usd', userId: newId() });

async function publishBytes(
  service: { env: Record<string, string | undefined> },
  subject: string,
  bytes: string,
) {
  const { NATS_URL: servers = '', NAMESPACE } = service.env;
  const connection = await connect({ servers });
  await jetstream(connection).publish(`${NAMESPACE}.${subject}`, bytes);
  await connection.drain();
}

describe('a message whose handler throws', () => {
  const fail = () => {
    throw new TypeError('x is undefined');
  };

  test('is retried with growing delay, and becomes a dead letter after five tries', async () => {
    const service = await aListener(fail, { RETRY_DELAY_MS: '40' });
    const id = newId();
    await service.publish(expired(id));
    await eventually(async () =>
      expect(await service.deadLetters()).toMatchObject([
        {
          type: 'expiration:complete',
          tries: 5,
          error: expect.stringContaining('x is undefined'),
          body: expect.stringContaining(id),
          storedAt: expect.any(Date),
        },
      ]),
    );
    expect(service.triesOf(id)).toBe(5);
    for (const [index, shortest] of [20, 40, 80, 160].entries())
      expect(service.gapsOf(id)[index]).toBeGreaterThanOrEqual(shortest);
  });

  test('is settled when a later try succeeds, without a dead letter', async () => {
    const service = await aListener((_id, tries) => void (tries < 5 && fail()), { RETRY_DELAY_MS: '10' });
    const id = newId();
    await service.publish(expired(id));
    await eventually(() => expect(service.triesOf(id)).toBe(5));
    expect(await service.bus.caughtUp('expiration:complete', 5_000)).toBe(true);
    expect([service.triesOf(id), await service.deadLetters()]).toEqual([5, []]);
  });
});

describe('a message that can never be handled', () => {
  const valid = toEnvelope(expired(newId()), jobCause('test'), new Date());
  const poison: [what: string, body: string, type: string, error: string][] = [
    ['that is not JSON', 'nonsense', 'unknown', 'not an envelope'],
    ['that is not an envelope', '{"data":{}}', 'unknown', 'not an envelope'],
    [
      'that does not match its schema',
      JSON.stringify({ ...valid, data: {} }),
      'expiration:complete',
      'not a expiration:complete',
    ],
  ];
  test.each(poison)(
    '%s becomes a dead letter at once, and the next message is handled',
    async (_what, body, type, error) => {
      const service = await aListener(() => undefined, { CONSUMER_CONCURRENCY: '1' });
      await publishBytes(service, `expiration.complete.${valid.subject}`, body);
      const id = newId();
      await service.publish(expired(id));
      await eventually(() => expect(service.triesOf(id)).toBe(1));
      await eventually(async () =>
        expect(await service.deadLetters()).toMatchObject([
          { body, type, tries: 1, error: expect.stringContaining(error) },
        ]),
      );
    },
  );

  test('of another type than its subject says is dropped, and the next message is handled', async () => {
    const service = await aListener(() => undefined, { CONSUMER_CONCURRENCY: '1' });
    const misplaced = { ...valid, type: 'ticket:updated' };
    await publishBytes(service, `expiration.complete.${valid.subject}`, JSON.stringify(misplaced));
    const id = newId();
    await service.publish(expired(id));
    await eventually(() => expect(service.triesOf(id)).toBe(1));
    expect([await service.deadLetters(), service.others]).toEqual([[], []]);
  });
});

describe('while a dependency is down', () => {
  test('no message becomes a dead letter, and all are handled after the outage', async () => {
    let down = true;
    const service = await aListener(
      () => {
        if (down) throw new DependencyDown('database');
      },
      { RETRY_DELAY_MS: '10', RETRY_DELAY_MAX_MS: '40', MAX_TRIES: '1' },
    );
    const ids = Array.from({ length: 5 }, newId);
    for (const id of ids) await service.publish(expired(id));
    await eventually(() => {
      for (const id of ids) expect(service.triesOf(id)).toBeGreaterThan(3);
    });
    down = false;
    expect(await service.bus.caughtUp('expiration:complete', 10_000)).toBe(true);
    expect(await service.deadLetters()).toEqual([]);
  });

  test('consumption is paused, also for other messages', async () => {
    const service = await aListener(
      (_id, tries) => {
        if (tries === 1) throw new DependencyDown('database');
      },
      { RETRY_DELAY_MS: '1600', RETRY_DELAY_MAX_MS: '1600' },
    );
    const id = newId();
    await service.publish(expired(id));
    await eventually(() => expect(service.triesOf(id)).toBe(1));
    const other = newId();
    await service.publish(anUpdate(other));
    await eventually(() => expect(service.others).toEqual([other]));
    // The delay is at least half of its setting.
    expect(performance.now() - service.firstTryAt(id)).toBeGreaterThan(780);
    await eventually(() => expect(service.triesOf(id)).toBe(2));
  });
});
