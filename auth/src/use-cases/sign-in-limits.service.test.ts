import { newId } from '@ticketing/common';
import { startForTest, type TestService } from '@ticketing/common/testing';
import type { AuthContext } from '../context.js';
import { service } from '../service.js';

const password = 'correct horse';
const windowSeconds = 600;
let auth: TestService<AuthContext>;
let clock = Date.now();

beforeAll(async () => {
  const limits = {
    SIGNIN_FAILURES_PER_ACCOUNT: '5',
    SIGNIN_FAILURES_PER_ADDRESS: '8',
    SIGNIN_WINDOW_SECONDS: String(windowSeconds),
  };
  const hashing = { HASHING_CONCURRENCY: '2', HASHING_QUEUE: '50', TRUST_PROXY: '1' };
  auth = await startForTest(service, { ...limits, ...hashing }, { now: () => new Date(clock) });
});
afterAll(() => auth.stop());

let hosts = 0;
const anAddress = () => `10.0.${(hosts += 1) >> 8}.${hosts & 255}`;
const anEmail = () => `${newId()}@example.com`;

async function anAccount(email = anEmail()) {
  await auth.request.post('/api/users/signup').send({ email, password }).expect(201);
  return email;
}

const signIn = (email: string, guess: string, address = anAddress()) =>
  auth.request.post('/api/users/signin').set('X-Forwarded-For', address).send({ email, password: guess });
const statusesOf = async (tries: PromiseLike<{ status: number }>[]) =>
  (await Promise.all(tries)).map(({ status }) => status).sort((a, b) => a - b);
const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);

describe('failed sign-ins of one account', () => {
  test('are limited, whatever address they come from: too-many-attempts until the window ends', async () => {
    const email = await anAccount();
    for (let tries = 0; tries < 5; tries += 1) await signIn(email, 'wrong horse').expect(401);
    clock += 60_000;
    const answer = await signIn(email, password).expect(429);
    expect(answer.body.errors[0].code).toBe('too-many-attempts');
    expect(answer.headers['retry-after']).toBe(String(windowSeconds - 60));
    expect(answer.headers['set-cookie']).toBeUndefined();
    await signIn(await anAccount(), password).expect(200);
  });

  test('are forgotten when the window ends, though MongoDB has not cleared up yet', async () => {
    const email = await anAccount();
    await statusesOf(times(6, () => signIn(email, 'wrong horse')));
    await signIn(email, password).expect(429);
    clock += windowSeconds * 1_000;
    await signIn(email, password).expect(200);
  });

  test('are forgotten at a success', async () => {
    const email = await anAccount();
    for (let round = 0; round < 3; round += 1) {
      for (let tries = 0; tries < 4; tries += 1) await signIn(email, 'wrong horse').expect(401);
      await signIn(email, password).expect(200);
    }
  });

  test('are exactly as many as allowed, however many guess at once', async () => {
    const email = await anAccount();
    const statuses = await statusesOf(times(30, () => signIn(email, 'wrong horse')));
    expect(statuses).toEqual([...Array(5).fill(401), ...Array(25).fill(429)]);
  });

  test('are limited for an e-mail without an account just the same', async () => {
    const email = anEmail();
    const statuses = await statusesOf(times(10, () => signIn(email, password)));
    expect(statuses).toEqual([...Array(5).fill(401), ...Array(5).fill(429)]);
  });
});

describe('failed sign-ins from one address', () => {
  test('are limited, whatever account they try', async () => {
    const address = anAddress();
    const statuses = await statusesOf(times(20, () => signIn(anEmail(), password, address)));
    expect(statuses).toEqual([...Array(8).fill(401), ...Array(12).fill(429)]);
    const answer = await signIn(await anAccount(), password, address).expect(429);
    expect(answer.headers['retry-after']).toBe(String(windowSeconds));
  });

  test('are not counted for who signs in rightly', async () => {
    const [email, address] = [await anAccount(), anAddress()];
    for (let tries = 0; tries < 20; tries += 1) await signIn(email, password, address).expect(200);
  });

  test('are not forgotten because an account of the same address signs in', async () => {
    const [own, address] = [await anAccount(), anAddress()];
    for (let tries = 0; tries < 8; tries += 1) {
      await signIn(anEmail(), password, address).expect(401);
      if (tries < 7) await signIn(own, password, address).expect(200);
    }
    await signIn(own, password, address).expect(429);
  });
});

describe('what is kept of failed sign-ins', () => {
  test('names nobody, and MongoDB clears it up', async () => {
    const [email, address] = [anEmail(), anAddress()];
    await signIn(email, password, address).expect(401);
    const { model } = auth.ctx.signInTries;
    const kept = JSON.stringify(await model.find().lean());
    expect(kept).not.toContain(email);
    expect(kept).not.toContain(address);
    expect(await model.collection.indexes()).toContainEqual(
      expect.objectContaining({ key: { windowEnds: 1 }, expireAfterSeconds: 0 }),
    );
  });
});

describe('more sign-ins than can be hashed', () => {
  /** Takes every place at the hashing and in its queue, and gives them back at the end. */
  async function whileAllPlacesAreTaken(use: () => Promise<void>) {
    let free: (() => void) | undefined;
    const freed = new Promise<void>((resolve) => (free = resolve));
    const takers = times(52, () => auth.ctx.hashing.take(() => freed));
    try {
      await use();
    } finally {
      free?.();
      await Promise.all(takers);
    }
  }

  test('are asked to come again, and so are sign-ups: 503 with Retry-After', async () => {
    const email = await anAccount();
    await whileAllPlacesAreTaken(async () => {
      const body = { email: anEmail(), password };
      const answers = [
        await signIn(email, password),
        await auth.request.post('/api/users/signup').send(body),
      ];
      for (const { status, headers, body: refusal } of answers) {
        expect([status, refusal.errors[0].code]).toEqual([503, 'unavailable']);
        expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      }
    });
    await signIn(email, password).expect(200);
  });

  test('an unknown e-mail needs a place too, so that it tells nothing', async () => {
    const email = anEmail();
    await whileAllPlacesAreTaken(async () => {
      await signIn(email, password).expect(503);
    });
    await signIn(email, password).expect(401);
  });

  test('do not use up the tries of their account or address', async () => {
    const [email, address] = [await anAccount(), anAddress()];
    await whileAllPlacesAreTaken(async () => {
      expect(await statusesOf(times(5, () => signIn(email, password, address)))).toEqual(Array(5).fill(503));
      expect(await statusesOf(times(5, () => signIn(email, password, address)))).toEqual(Array(5).fill(503));
    });
    for (let tries = 0; tries < 5; tries += 1) await signIn(email, 'wrong', address).expect(401);
    await signIn(email, password, address).expect(429);
  });
});
