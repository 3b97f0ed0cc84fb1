// Streams of a service on real servers: who is told of a change, and when a stream ends.

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { jobCause } from '../observability/trace.js';
import { SessionRevoked, sessionSeconds } from '../events/users.js';
import { TicketUpdated } from '../events/tickets.js';
import { ok, stream } from '../http/answers.js';
import { anyone, get, handle, required } from '../http/route.js';
import { Id } from '../id.js';
import type { Base, Service } from '../service/service.js';
import { aServer, cleanUp } from '../testing/buses.js';
import { aUser, buses, busEnv, eventually, startForTest, type TestService } from '../testing/index.js';
import { openStream, type OpenedStream } from '../testing/streams.js';
import {
  aRoute,
  aService,
  aThing,
  countUp,
  made,
  type Thing,
  type ThingsContext,
} from '../testing/things.js';
import type { Feed } from './feed.js';

type Context = ThingsContext & Readonly<{ watched: Feed }>;
type Env = Readonly<Record<string, string | undefined>>;

const answers = { 200: z.unknown() };
const params = z.object({ id: Id });
const large = 3_000_000;
/** happens after a stream has read the present state of one thing, and before it begins */
let afterRead = async (): Promise<void> => undefined;

/** Things that clients can watch. `before` may take a part of the guarantee away. */
const watchedThings = (before: (base: Base) => void = () => undefined): Service<Context> => {
  const things = aService();
  return {
    ...(things as unknown as Service<Context>),
    routes: ({ watched, things: { get: read } }) => [
      get(
        '/quick',
        handle({ ...aRoute, user: anyone, answers }, async () => ok({})),
      ),
      get(
        '/mine/events',
        handle({ ...aRoute, user: required, answers, streams: 'several' }, async ({ user }) =>
          stream(watched.ofOwner(user.id)),
        ),
      ),
      get(
        '/things/:id/events',
        handle({ ...aRoute, user: anyone, params, answers, streams: 'one' }, async ({ params: { id } }) => {
          await read(id);
          const watch = watched.one(id);
          const readSlowly = async () => {
            const states = await watch.read();
            await afterRead();
            return states;
          };
          return stream({ ...watch, read: readSlowly });
        }),
      ),
    ],
    open(base) {
      before(base);
      const { storage, ctx } = things.open(base);
      const watched = base.live.feed<Thing>({
        events: [TicketUpdated],
        find: ctx.things.find,
        view: (thing) => ({ ...thing, padding: thing.place === 'large' ? 'x'.repeat(large) : '' }),
        owner: {
          field: 'userId',
          find: async (userId, limit) => {
            const found = ctx.things.model.find({ userId } as never).limit(limit);
            return (await found.lean()).map((document) => ctx.things.toState(document as never));
          },
        },
      });
      return { storage, ctx: { ...ctx, watched } };
    },
  };
};
const withoutRefresh = ({ live }: Base) => void Object.assign(live, { refresh: async () => undefined });
const withoutBus = ({ bus }: Base) => void Object.assign(bus, { listen: () => undefined });

type Things = TestService<Context>;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await cleanUp();
});

async function start(env: Env = {}, before?: (base: Base) => void): Promise<Things> {
  const service = await startForTest(watchedThings(before), env);
  closing.push(() => service.stop());
  return service;
}

async function open(url: string, headers: Record<string, string> = {}): Promise<OpenedStream> {
  const opened = await openStream(url, headers);
  closing.push(() => opened.close());
  return opened;
}

const cause = jobCause('test');
async function newThing({ ctx }: Things, more: Partial<Thing> = {}): Promise<Thing> {
  const thing = aThing(more);
  await ctx.things.create(() => made(thing), cause);
  return thing;
}
const change = ({ ctx }: Things, { id }: Thing) => ctx.things.change(id, countUp, cause);
/** Changes what is stored, as if the event of the change were lost. */
const changeUnheard = ({ ctx }: Things, { id }: Thing, count: number) =>
  ctx.things.model.updateOne({ _id: id } as never, { $set: { count, version: count } } as never);

const eventsOf = ({ url }: Things, { id }: Thing) => `${url}/things/${id}/events`;
const counts = ({ messages }: OpenedStream) => messages.map((thing) => (thing as Thing).count);
const of = ({ token }: { token: string }) => ({ Authorization: `Bearer ${token}` });

describe.each(buses)('on %s', (name) => {
  test('a change is told by every process, whichever process made it', async () => {
    const env = { ...busEnv(name), NAMESPACE: `test-${randomUUID().slice(0, 8)}` };
    const [one, other] = [await start(env, withoutRefresh), await start(env, withoutRefresh)];
    const ann = aUser();
    const thing = await newThing(one, { userId: ann.id });
    const streams = [await open(eventsOf(one, thing)), await open(eventsOf(other, thing))];
    const mine = await open(`${one.url}/mine/events`, of(ann));
    await change(one, thing);
    for (const each of streams) await eventually(() => expect(counts(each)).toEqual([0, 1]));
    await change(other, thing);
    for (const each of streams) await eventually(() => expect(counts(each)).toEqual([0, 1, 2]));
    const another = await newThing(other, { userId: ann.id });
    await eventually(() => expect(mine.messages.flat()).toMatchObject([{}, {}, {}, { id: another.id }]));
  });

  test('a change during an outage of the bus is told after the reconnect, without a message', async () => {
    const server = await aServer(name);
    await server.start();
    const service = await start(server.env, withoutRefresh);
    const thing = await newThing(service);
    const watching = await open(eventsOf(service, thing));
    await server.kill();
    await eventually(() => expect(service.bus.connectedSince()).toBeUndefined(), 20_000);
    await changeUnheard(service, thing, 5);
    expect(counts(watching)).toEqual([0]);
    await server.start();
    await eventually(() => expect(counts(watching)).toEqual([0, 5]), 30_000);
  });
});

test('a change without a message is told when its document is read in turn', async () => {
  const service = await start({}, withoutBus);
  const thing = await newThing(service);
  const watching = await open(eventsOf(service, thing));
  await change(service, thing);
  await eventually(() => expect(counts(watching)).toEqual([0, 1]));
});

test('control: without messages and without reading in turn, a stream misses the change', async () => {
  const NAMESPACE = `test-${randomUUID().slice(0, 8)}`;
  const good = await start({ NAMESPACE });
  const deaf = await start({ NAMESPACE }, (base) => {
    withoutBus(base);
    withoutRefresh(base);
  });
  const thing = await newThing(good);
  const [told, missed] = [await open(eventsOf(good, thing)), await open(eventsOf(deaf, thing))];
  await change(deaf, thing);
  await eventually(() => expect(counts(told)).toEqual([0, 1]));
  expect(counts(missed)).toEqual([0]);
});

test('a change between reading the present state and the beginning of the stream is told', async () => {
  const service = await start({}, withoutRefresh);
  const thing = await newThing(service);
  const witness = await open(eventsOf(service, thing));
  afterRead = async () => {
    await change(service, thing);
    await eventually(() => expect(counts(witness)).toEqual([0, 1]));
  };
  closing.push(() => (afterRead = async () => undefined));
  const late = await open(eventsOf(service, thing));
  await eventually(() => expect(counts(late).at(-1)).toBe(1));
});

test('a stream counts as an answered request from its beginning', async () => {
  const service = await start();
  await open(eventsOf(service, await newThing(service)));
  const counted = /^http_request_duration_seconds_count\{.*route="\/things\/:id\/events",status="200"\} 1$/m;
  await eventually(async () => expect((await service.request.get('/metrics')).text).toMatch(counted));
});

test('a stream that continues after its last id gets only what it misses', async () => {
  const service = await start();
  const thing = await newThing(service);
  const first = await open(eventsOf(service, thing));
  await eventually(() => expect(first.lastId()).toBe('0'));
  first.close();
  const again = await open(eventsOf(service, thing), { 'Last-Event-ID': '0' });
  await change(service, thing);
  await eventually(() => expect(counts(again)).toEqual([1]));
});

test('an unknown thing is an error and no stream, and HEAD is answered', async () => {
  const service = await start();
  const unknown = await open(eventsOf(service, aThing()));
  expect([unknown.status, unknown.answer.headers['content-type']]).toEqual([
    404,
    'application/json; charset=utf-8',
  ]);
  const head = await fetch(eventsOf(service, await newThing(service)), { method: 'HEAD' });
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
});

test('a reader that takes nothing delays no other and then gets the newest state', async () => {
  const service = await start();
  const thing = await newThing(service, { place: 'large' });
  const [slow, good] = [await open(eventsOf(service, thing)), await open(eventsOf(service, thing))];
  slow.answer.pause();
  // The buffers of the sockets hold about three of these states.
  const changes = 20;
  for (let number = 1; number <= changes; number += 1) await change(service, thing);
  await eventually(() => expect(counts(good).at(-1)).toBe(changes));
  slow.answer.resume();
  await eventually(() => expect(counts(slow).at(-1)).toBe(changes));
  expect(slow.messages.length).toBeLessThan(changes / 2);
});

describe('too many streams', () => {
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const openMany = (url: string, count: number, headers: Record<string, string>) =>
    Promise.all(Array.from({ length: count }, () => open(url, headers)));
  const statuses = (streams: readonly OpenedStream[]) => {
    const byStatus: Record<string, OpenedStream[]> = {};
    for (const each of streams) (byStatus[each.status] ??= []).push(each);
    return byStatus;
  };
  const caps = { TRUST_PROXY: '1', MAX_STREAMS_PER_ADDRESS: '40', MAX_STREAMS: '60' };

  test('of one address are refused, and others open theirs until the process is full', async () => {
    const service = await start(caps);
    const url = eventsOf(service, await newThing(service));
    const flood = statuses(await openMany(url, 100, from('10.0.0.1')));
    expect([flood['200']?.length, flood['429']?.length]).toEqual([40, 60]);
    const [refused] = flood['429'] ?? [];
    await eventually(() => expect(refused?.text()).toContain('too-many-streams'));
    expect(refused?.answer.headers['retry-after']).toBe('10');
    const others = statuses(await openMany(url, 30, from('10.0.0.2')));
    expect([others['200']?.length, others['503']?.length]).toEqual([20, 10]);
    for (const each of flood['200'] ?? []) each.close();
    await eventually(async () => expect((await open(url, from('10.0.0.3'))).status).toBe(200));
  });

  test('ten thousand of one address: a thousand open, and the others are refused by a code', async () => {
    const service = await start({ TRUST_PROXY: '1' });
    const url = eventsOf(service, await newThing(service));
    const answers: Record<string, number> = {};
    for (let round = 0; round < 20; round += 1)
      for (const [status, some] of Object.entries(statuses(await openMany(url, 500, from('10.0.0.1')))))
        answers[status] = (answers[status] ?? 0) + some.length;
    expect(answers).toEqual({ 200: 1_000, 429: 9_000 });
    const [refused] = await openMany(url, 1, from('10.0.0.1'));
    await eventually(() => expect(refused?.text()).toContain('too-many-streams'));
    expect((await open(url, from('10.0.0.2'))).status).toBe(200);
  });

  test('control: with the default limits, 100 streams of one address all open', async () => {
    const service = await start({ TRUST_PROXY: '1' });
    const url = eventsOf(service, await newThing(service));
    expect(Object.keys(statuses(await openMany(url, 100, from('10.0.0.1'))))).toEqual(['200']);
  });

  test('of one user are refused, and other users of the address open theirs', async () => {
    const service = await start({ MAX_STREAMS_PER_USER: '5' });
    const url = `${service.url}/mine/events`;
    const many = statuses(await openMany(url, 10, of(aUser())));
    expect([many['200']?.length, many['429']?.length]).toEqual([5, 5]);
    expect(Object.keys(statuses(await openMany(url, 5, of(aUser()))))).toEqual(['200']);
  });

  test('take no place of the requests in flight', async () => {
    const service = await start({ MAX_REQUESTS_IN_FLIGHT: '10' });
    const thing = await newThing(service);
    for (let number = 0; number < 50; number += 1)
      expect((await open(eventsOf(service, thing))).status).toBe(200);
    for (let number = 0; number < 20; number += 1) await service.request.get('/quick').expect(200);
  });
});

describe('a session', () => {
  test('that is revoked ends its streams soon, and those of no other', async () => {
    const service = await start();
    const sid = randomUUID();
    const ann = aUser({ sid });
    const phone = aUser({ id: ann.id });
    const [ended, other] = [
      await open(`${service.url}/mine/events`, of(ann)),
      await open(`${service.url}/mine/events`, of(phone)),
    ];
    const expiresAt = new Date(Date.now() + sessionSeconds * 1_000).toISOString();
    await service.publish(SessionRevoked({ id: ann.id, version: 1, sessions: [{ sid, expiresAt }] }));
    await eventually(() => expect(ended.hasEnded()).toBe(true));
    expect((await open(`${service.url}/mine/events`, of(ann))).status).toBe(401);
    expect(other.hasEnded()).toBe(false);
  });

  test('whose token expires ends its streams', async () => {
    let ahead = 0;
    const now = () => new Date(Date.now() + ahead);
    const service = await startForTest(watchedThings(), {}, { now });
    closing.push(() => service.stop());
    const ann = await open(`${service.url}/mine/events`, of(aUser()));
    expect(ann.status).toBe(200);
    ahead = (sessionSeconds + 1) * 1_000;
    await eventually(() => expect(ann.hasEnded()).toBe(true));
  });
});

test('a service that stops ends its streams at once, with the time after which to come back', async () => {
  const service = await startForTest(watchedThings());
  const thing = await newThing(service);
  const streams = await Promise.all(Array.from({ length: 20 }, () => open(eventsOf(service, thing))));
  const [slow] = streams;
  slow?.answer.pause();
  const begun = performance.now();
  await service.stop();
  expect(performance.now() - begun).toBeLessThan(10_000);
  for (const each of streams.slice(1)) {
    await each.ended;
    expect(each.text()).toMatch(/retry: [12]\d{3}\n\n$|retry: 3000\n\n$/);
  }
});
