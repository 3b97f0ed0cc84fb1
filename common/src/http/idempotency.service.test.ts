// The promise: one effect. A request takes effect once under its Idempotency-Key, however often any process handles it.

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { orThrow } from '../decision.js';
import { DependencyDown, Refusal } from '../errors.js';
import { newId } from '../id.js';
import { keptMs } from '../documents/idempotency-keys.js';
import { aUser, eventually, startForTest, type TestService, type TestUser } from '../testing/index.js';
import { aRoute, aService, aThing, made, type ThingsContext } from '../testing/things.js';
import type { Cause } from '../observability/trace.js';
import { created, type Answer } from './answers.js';
import { post, handle, required } from './route.js';

type What = Readonly<{ ctx: ThingsContext; cause: Cause; count: number }>;

async function make({ ctx, cause, count }: What): Promise<Answer> {
  const thing = aThing({ id: cause.request?.effectId ?? newId(), count });
  return created(orThrow(await ctx.things.create(() => made(thing), cause)));
}

// Each test sets the work of the handler.
let work: (what: What) => Promise<Answer> = make;
let ahead = 0;
const now = () => new Date(Date.now() + ahead);

const service = aService({
  refusals: { closed: { status: 409, message: 'It is closed.' } },
  routes: (ctx) => [
    post(
      '/things',
      handle(
        {
          ...aRoute,
          user: required,
          body: z.strictObject({ count: z.number() }),
          answers: { 201: z.unknown() },
          idempotent: true,
          refusals: ['closed'],
        },
        ({ cause, body }) => work({ ctx, cause, count: body.count }),
      ),
    ),
  ],
});

let things: TestService<ThingsContext>;
const person = aUser();

beforeAll(async () => {
  things = await startForTest(service, { REQUEST_TIMEOUT_MS: '3000' }, { now });
});
afterAll(() => things.stop());
afterEach(() => {
  work = make;
  ahead = 0;
});

const aKey = () => `"${randomUUID()}"`;
const unique = () => Math.floor(Math.random() * 1e9);

function ask(key: string | undefined, count: number, user: TestUser = person, at = things) {
  const request = at.request.post('/things').set('Cookie', user.cookie);
  return (key === undefined ? request : request.set('Idempotency-Key', key)).send({ count });
}

const stored = (count: number) => things.ctx.things.model.countDocuments({ count });
const code = ({ body }: { body: { errors?: { code: string }[] } }) => body.errors?.[0]?.code;

/** Blocks the handler until the test opens it. */
function aGate() {
  let open: () => void = () => undefined;
  let reached: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const isReached = new Promise<void>((resolve) => (reached = resolve));
  return { open, isReached, pass: async () => (reached(), opened) };
}

describe('a repeated request with the same key', () => {
  test('gets the first answer and takes effect once', async () => {
    const [key, count] = [aKey(), unique()];
    const first = await ask(key, count).expect(201);
    const second = await ask(key, count).expect(201);
    expect(second.body).toEqual(first.body);
    expect(await stored(count)).toBe(1);
  });

  test('is the same with or without quotes around the key', async () => {
    const [key, count] = [aKey(), unique()];
    const first = await ask(key, count).expect(201);
    expect((await ask(key.slice(1, -1), count).expect(201)).body).toEqual(first.body);
  });

  test('gets the first refusal, even if the state has changed', async () => {
    const [key, count] = [aKey(), unique()];
    work = () => Promise.reject(new Refusal('closed'));
    expect(code(await ask(key, count).expect(409))).toBe('closed');
    work = make;
    expect(code(await ask(key, count).expect(409))).toBe('closed');
    expect(await stored(count)).toBe(0);
  });

  test('is handled again if the first answer was temporary', async () => {
    const [key, count] = [aKey(), unique()];
    work = () => Promise.reject(new DependencyDown('card network'));
    await ask(key, count).expect(503);
    work = make;
    await ask(key, count).expect(201);
    expect(await stored(count)).toBe(1);
  });

  test('finds the effect of a first request that failed after its write', async () => {
    const [key, count] = [aKey(), unique()];
    const ids: string[] = [];
    work = async (what) => {
      ids.push(((await make(what)).body as { id: string }).id);
      throw new Error('after its write');
    };
    await ask(key, count).expect(500);
    work = make;
    expect((await ask(key, count).expect(201)).body.id).toBe(ids[0]);
    expect(await stored(count)).toBe(1);
  });

  test('is refused while the first one is in flight: request-in-flight', async () => {
    const [key, count] = [aKey(), unique()];
    const gate = aGate();
    work = async (what) => {
      await gate.pass();
      return make(what);
    };
    const first = ask(key, count).then((answer) => answer);
    await gate.isReached;
    const second = await ask(key, count).expect(409);
    expect(code(second)).toBe('request-in-flight');
    expect(second.get('Retry-After')).toBe('1');
    gate.open();
    expect((await first).status).toBe(201);
    expect((await ask(key, count).expect(201)).body).toEqual((await first).body);
    expect(await stored(count)).toBe(1);
  });

  test('gets the answer of a first request that timed out with 503 and finished later', async () => {
    const [key, count] = [aKey(), unique()];
    const gate = aGate();
    work = async (what) => {
      await gate.pass();
      return make(what);
    };
    await ask(key, count).expect(503);
    expect(code(await ask(key, count).expect(409))).toBe('request-in-flight');
    gate.open();
    await eventually(async () => expect((await ask(key, count)).status).toBe(201));
    expect(await stored(count)).toBe(1);
  });

  test('is recognised by every process, even by one started later', async () => {
    const [key, count] = [aKey(), unique()];
    const first = await ask(key, count).expect(201);
    const another = await startForTest(service, things.env, { now });
    try {
      expect((await ask(key, count, person, another).expect(201)).body).toEqual(first.body);
    } finally {
      await another.stop();
    }
    expect(await stored(count)).toBe(1);
  });

  test('is a new request after a day', async () => {
    const [key, count] = [aKey(), unique()];
    const first = await ask(key, count).expect(201);
    const nextDay = aUser({ ...person, issuedAt: new Date(Date.now() + keptMs) });
    ahead = keptMs - 1_000;
    expect((await ask(key, count, nextDay).expect(201)).body).toEqual(first.body);
    ahead = keptMs + 1_000;
    expect((await ask(key, count, nextDay).expect(201)).body.id).not.toBe(first.body.id);
    expect(await stored(count)).toBe(2);
  });
});

describe('twenty simultaneous requests', () => {
  test('with one key have one effect, and get its answer or request-in-flight', async () => {
    const [key, count] = [aKey(), unique()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(key, count)));
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    expect(
      answers.filter(({ status }) => status !== 201).every((answer) => code(answer) === 'request-in-flight'),
    ).toBe(true);
    expect((await ask(key, count).expect(201)).body.id).toBe([...ids][0]);
    expect(await stored(count)).toBe(1);
  });

  test('without a key have twenty effects (the control of the test above)', async () => {
    const count = unique();
    await Promise.all(Array.from({ length: 20 }, () => ask(undefined, count).expect(201)));
    expect(await stored(count)).toBe(20);
  });
});

describe('a process that dies or stalls', () => {
  // The first request blocks at `where` until its claim has expired and a second request arrives.
  async function interrupted(where: 'before its write' | 'after its write', spoil = (cause: Cause) => cause) {
    const [key, count] = [aKey(), unique()];
    const gate = aGate();
    work = async ({ cause, ...what }) => {
      if (where === 'before its write') await gate.pass();
      const answer = await make({ ...what, cause: spoil(cause) });
      if (where === 'after its write') await gate.pass();
      return answer;
    };
    const first = ask(key, count).then((answer) => answer);
    await gate.isReached;
    ahead = 10_000;
    work = ({ cause, ...what }) => make({ ...what, cause: spoil(cause) });
    const second = await ask(key, count).expect(201);
    gate.open();
    await first;
    await eventually(async () => expect((await ask(key, count)).body).toEqual(second.body));
    return stored(count);
  }

  test.each(['before its write', 'after its write'] as const)('%s leaves one effect', async (where) => {
    expect(await interrupted(where)).toBe(1);
  });

  test.each(['before its write', 'after its write'] as const)(
    '%s leaves two effects without the key in the write (the control of the test above)',
    async (where) => {
      expect(await interrupted(where, ({ by, why, traceparent }) => ({ by, why, traceparent }))).toBe(2);
    },
  );
});

describe('a key', () => {
  test('of another request is refused: idempotency-key-reused', async () => {
    const [key, count] = [aKey(), unique()];
    await ask(key, count).expect(201);
    expect(code(await ask(key, count + 1).expect(422))).toBe('idempotency-key-reused');
    expect(await stored(count + 1)).toBe(0);
  });

  test('belongs to one user', async () => {
    const [key, count] = [aKey(), unique()];
    await ask(key, count).expect(201);
    await ask(key, count, aUser()).expect(201);
    expect(await stored(count)).toBe(2);
  });

  test('is not claimed by invalid input, and an invalid key is refused', async () => {
    const [key, count] = [aKey(), unique()];
    await ask(key, 'x' as never).expect(400);
    await ask(key, count).expect(201);
    expect((await ask('"open', count).expect(400)).body.errors[0].field).toBe('Idempotency-Key');
    await things.request.post('/things').set('Idempotency-Key', key).send({ count }).expect(401);
  });

  test('is stored as a hash and deleted by the database after a day', async () => {
    const keys = things.ctx.idempotencyKeys.model.collection;
    const key = newId();
    await ask(key, unique()).expect(201);
    expect(JSON.stringify(await keys.find().toArray())).not.toContain(key);
    expect(await keys.indexes()).toContainEqual(
      expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }),
    );
  });
});
