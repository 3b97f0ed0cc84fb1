// The promise *no lost event*: every saved event is published, even if the process dies after the write.

import { trusted } from 'mongoose';
import { openParts } from '../service/start.js';
import { driver, eventually, startForTest, testEnv, type TestService } from '../testing/index.js';
import { aService, aThing, countUp, made, type Thing, type ThingsContext } from '../testing/things.js';
import { jobCause } from '../observability/trace.js';

const cause = jobCause('test');
const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

/** A process that writes and dies before it publishes, simulated by an unreachable broker. */
async function aDyingWriter(env: ReturnType<typeof testEnv>) {
  const unreachable = { ...env, NATS_URL: 'nats://127.0.0.1:9' };
  const { ctx, check, close } = await openParts(aService(), unreachable, { driver });
  await eventually(async () => expect(await check()).toMatchObject({ database: 'ok' }));
  started.push(close);
  return ctx.things;
}

async function start(env: Parameters<typeof startForTest>[1]): Promise<TestService<ThingsContext>> {
  const service = await startForTest(aService(), { OUTBOX_SWEEP_MS: '50', ...env });
  started.push(() => service.stop());
  return service;
}

const stored = (things: ThingsContext['things'], id: string) => things.model.findById(id).lean();
const pending = (things: ThingsContext['things']) =>
  things.model.countDocuments({ outbox: trusted({ $ne: [] }) } as never);

test('a state and its events are saved in one write, and the events stay until they are published', async () => {
  const things = await aDyingWriter(testEnv());
  const thing = aThing();
  await things.create(() => made(thing), cause);
  await things.change(thing.id, countUp, cause);
  expect(await stored(things, thing.id)).toMatchObject({
    count: 1,
    version: 1,
    outbox: [
      { id: `ticket:updated/${thing.id}/0`, data: { version: 0 }, traceparent: cause.traceparent },
      { id: `ticket:updated/${thing.id}/1`, data: { version: 1 }, traceparent: cause.traceparent },
    ],
  });
});

test('events that a process saved but did not publish before it died are published by another process', async () => {
  const env = testEnv();
  const things = await aDyingWriter(env);
  const thing = aThing();
  await things.create(() => made(thing), cause);
  await things.change(thing.id, countUp, cause);

  const service = await start(env);

  await eventually(() => {
    const versions = service.eventsOf('ticket:updated', thing.id).map((data) => (data as Thing).version);
    expect(versions.sort((a, b) => a - b)).toEqual([0, 1]);
  });
  await eventually(async () =>
    expect(await stored(things, thing.id)).toMatchObject({ version: 1, outbox: [] }),
  );
});

test('control: without an outbox, the event of a process that dies is lost', async () => {
  const env = testEnv();
  const things = await aDyingWriter(env);
  const [lost, kept] = [aThing(), aThing()];
  const { id, ...state } = lost;
  await things.model.create({ _id: id, ...state, outbox: [], history: [], changedAt: new Date() });
  // The writer dies here, before it publishes. An event from an outbox arrives.
  await things.create(() => made(kept), cause);

  const service = await start(env);

  await eventually(() => expect(service.eventsOf('ticket:updated', kept.id)).toHaveLength(1));
  expect(service.eventsOf('ticket:updated', lost.id)).toEqual([]);
});

test('republishing leaves out documents with pending events', async () => {
  const env = testEnv();
  const { outbox, create } = await aDyingWriter(env);
  const republished = async () => {
    const subjects: string[] = [];
    for await (const { subject } of outbox.republish(new Date(0))) subjects.push(subject);
    return subjects;
  };
  const thing = aThing();
  await create(() => made(thing), cause);
  expect(await republished()).toEqual([]);

  const service = await start(env);
  await eventually(() => expect(service.eventsOf('ticket:updated', thing.id)).toHaveLength(1));
  await eventually(async () => expect(await republished()).toEqual([thing.id]));
});

test('several processes share the pending events: each arrives once, and none stays', async () => {
  const env = testEnv();
  const things = await aDyingWriter(env);
  const ids: string[] = [];
  for (let count = 0; count < 120; count += 1) {
    const thing = aThing();
    ids.push(thing.id);
    await things.create(() => made(thing), cause);
  }

  expect(await pending(things)).toBe(120);

  const services = await Promise.all([start(env), start(env), start(env)]);

  const arrived = () => services.flatMap(({ events }) => events.map(({ subject }) => subject)).sort();
  await eventually(() => expect(new Set(arrived())).toEqual(new Set(ids)));
  await eventually(async () => expect(await pending(things)).toBe(0));
  expect(arrived()).toEqual(ids.sort());
});

test('a write is published at once, not by the next sweep', async () => {
  const service = await start({ OUTBOX_SWEEP_MS: '600000' });
  const thing = aThing();
  await service.ctx.things.create(() => made(thing), cause);
  await eventually(() => expect(service.eventsOf('ticket:updated', thing.id)).toHaveLength(1));
  await eventually(async () =>
    expect(await stored(service.ctx.things, thing.id)).toMatchObject({ version: 0, outbox: [] }),
  );
});

test('a sweep reads only documents with pending events', async () => {
  const { things } = (await start({})).ctx;
  for (let count = 0; count < 20; count += 1) await things.create(() => made(aThing()), cause);
  await eventually(async () => expect(await pending(things)).toBe(0));
  const plan = await things.model
    .find({ 'outbox.id': trusted({ $gt: '' }) } as never)
    .explain('executionStats');
  expect(JSON.stringify(plan)).toContain('"stage":"IXSCAN"');
  expect(plan).toMatchObject({ executionStats: { totalDocsExamined: 0 } });
});
