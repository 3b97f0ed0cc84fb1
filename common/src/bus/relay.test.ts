// The relay on an in-memory outbox and bus, which a test can break. On real ones: relay.service.test.ts.

import { DependencyDown } from '../errors.js';
import type { Envelope } from '../events/event.js';
import { toEnvelope } from '../events/event.js';
import { ExpirationComplete } from '../events/expiration.js';
import { newId } from '../id.js';
import { createLogger } from '../observability/logger.js';
import { createMetrics } from '../observability/metrics.js';
import { eventually } from '../testing/index.js';
import { jobCause } from '../observability/trace.js';
import type { Bus } from './bus.js';
import { createRelay, type Outbox, type OutboxEntry } from './relay.js';

function aBus() {
  const published: Envelope[] = [];
  const state = { connected: true, broken: false, waiting: undefined as Promise<void> | undefined };
  const bus: Bus = {
    connectedSince: () => (state.connected ? 1 : undefined),
    refusal: () => undefined,
    storesForMs: () => 1,
    window: async () => undefined,
    stored: async () => undefined,
    serverId: () => undefined,
    async publish(envelope) {
      published.push(envelope);
      await state.waiting;
      if (state.broken) throw new DependencyDown('bus');
    },
    consume: () => undefined,
    listen: () => undefined,
    caughtUp: async () => true,
    hasStored: async () => false,
    erase: async () => true,
    stopConsuming: async () => undefined,
    close: async () => undefined,
  };
  return { bus, published, state };
}

function anOutbox() {
  const entries: OutboxEntry[] = [];
  const removals: number[] = [];
  const state = { broken: false };
  const outbox: Outbox = {
    async pending(olderThan, limit) {
      return entries.filter(({ envelope }) => new Date(envelope.time) < olderThan).slice(0, limit);
    },
    async remove(gone) {
      if (state.broken) throw new DependencyDown('database');
      removals.push(gone.length);
      for (const entry of gone) entries.splice(entries.indexOf(entry), 1);
    },
    depth: async () => ({ entries: entries.length, oldest: undefined }),
    async *republish() {},
    raiseVersions: async () => undefined,
  };
  return { outbox, entries, removals, state };
}

const aMinuteAgo = () => new Date(Date.now() - 60_000);

function setUp(count = 1, writtenAt = aMinuteAgo()) {
  const [bus, store] = [aBus(), anOutbox()];
  const relay = createRelay({
    bus: bus.bus,
    log: createLogger('test', 'silent'),
    metrics: createMetrics(),
    now: () => new Date(),
  });
  for (let index = 0; index < count; index += 1) {
    const envelope = toEnvelope(ExpirationComplete({ orderId: newId() }), jobCause('test'), writtenAt);
    store.entries.push({ documentId: newId(), envelope });
  }
  const written = [...store.entries];
  const ids = written.map(({ envelope }) => envelope.id);
  const sentIds = () => bus.published.map(({ id }) => id);
  return { bus, store, relay, written, ids, sentIds };
}

describe('an entry that was just written', () => {
  test('is published at once, and then removed', async () => {
    const { relay, store, written, ids, sentIds } = setUp(3, new Date());
    relay.kick(store.outbox, written);
    await relay.drain();
    expect(sentIds()).toEqual(ids);
    expect(store.entries).toEqual([]);
  });

  test('is removed only after the broker has stored it', async () => {
    const { relay, store, bus, written } = setUp(1, new Date());
    let stored = () => undefined as void;
    bus.state.waiting = new Promise((resolve) => (stored = resolve));
    relay.kick(store.outbox, written);
    await eventually(() => expect(bus.published).toHaveLength(1));
    expect(store.entries).toEqual(written);
    stored();
    await relay.drain();
    expect(store.entries).toEqual([]);
  });

  test('is removed together with other entries in one write', async () => {
    const { relay, store, written } = setUp(100, new Date());
    relay.kick(store.outbox, written);
    await relay.drain();
    expect(store.removals).toEqual([100]);
  });

  test('is left to the sweep while the broker is unreachable', async () => {
    const { relay, store, bus, written, sentIds } = setUp();
    bus.state.connected = false;
    relay.kick(store.outbox, written);
    await relay.sweep([store.outbox]);
    await relay.drain();
    expect([sentIds(), store.entries]).toEqual([[], written]);
  });

  test('is left to the sweep while a thousand others are in flight', async () => {
    const { relay, store, bus, written } = setUp(1_102);
    let stored = () => undefined as void;
    bus.state.waiting = new Promise((resolve) => (stored = resolve));
    for (const entry of written) relay.kick(store.outbox, [entry]);
    expect(bus.published).toHaveLength(1_001);
    stored();
    await relay.drain();
    await relay.sweep([store.outbox]);
    expect([bus.published.length, store.entries]).toEqual([1_102, []]);
  });
});

describe('an entry that was left behind', () => {
  test('is published by the sweep, in several batches if needed', async () => {
    const { relay, store, ids, sentIds } = setUp(1_234);
    await relay.sweep([store.outbox]);
    expect(new Set(sentIds())).toEqual(new Set(ids));
    expect([sentIds().length, store.entries]).toEqual([1_234, []]);
  });

  test('is published once in a sweep, also if the database still returns it after its removal', async () => {
    const { relay, store, sentIds } = setUp(600);
    await relay.sweep([{ ...store.outbox, remove: () => Promise.resolve() }]);
    expect([sentIds().length, new Set(sentIds()).size]).toEqual([500, 500]);
  });

  test('younger than a second is left to the kick', async () => {
    const { relay, store, bus } = setUp(1, new Date());
    await relay.sweep([store.outbox]);
    expect(bus.published).toEqual([]);
  });

  test('stays when the broker does not confirm, and is published by the next sweep', async () => {
    const { relay, store, bus, written, ids, sentIds } = setUp(2);
    bus.state.broken = true;
    await relay.sweep([store.outbox]);
    expect(store.entries).toEqual(written);
    bus.state.broken = false;
    await relay.sweep([store.outbox]);
    expect([sentIds(), store.entries]).toEqual([[...ids, ...ids], []]);
  });

  test('is published again when its removal failed', async () => {
    const { relay, store, ids, sentIds } = setUp();
    store.state.broken = true;
    await relay.sweep([store.outbox]);
    store.state.broken = false;
    await relay.sweep([store.outbox]);
    expect([sentIds(), store.entries]).toEqual([[...ids, ...ids], []]);
  });

  test('is tried once per sweep while the broker fails', async () => {
    const { relay, store, bus } = setUp(500);
    bus.state.broken = true;
    await relay.sweep([store.outbox]);
    expect(bus.published).toHaveLength(500);
  });

  test('is published once when a kick and a sweep overlap', async () => {
    const { relay, store, written, ids, sentIds } = setUp();
    relay.kick(store.outbox, written);
    await Promise.all([relay.sweep([store.outbox]), relay.sweep([store.outbox])]);
    expect(sentIds()).toEqual(ids);
  });

  test('in a broken outbox does not delay another outbox', async () => {
    const [broken, fine] = [setUp(), setUp()];
    broken.store.state.broken = true;
    await fine.relay.sweep([broken.store.outbox, fine.store.outbox]);
    expect(fine.store.entries).toEqual([]);
  });
});
