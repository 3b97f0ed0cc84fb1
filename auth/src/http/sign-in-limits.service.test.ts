import { newId } from '@ticketing/common/id';
import { startForTest, type TestService } from '@ticketing/common/testing';
import type { Source } from '../concurrency-limit.js';
import type { AuthContext } from '../store.js';
import { service } from '../service.js';

const password = 'correct horse';
let auth: TestService<AuthContext>;
let clock = Date.now();

beforeAll(async () => {
  const limits = { SIGNIN_FAILURES_PER_ACCOUNT: '5', SIGNIN_FAILURES_PER_ADDRESS: '8' };
  const hashing = { HASHING_CONCURRENCY: '2', HASHING_QUEUE: '100', TRUST_PROXY: '1' };
  // Hashing fifty passwords is slow on a busy machine.
  const patience = { REQUEST_TIMEOUT_MS: '30000' };
  auth = await startForTest(service, { ...limits, ...hashing, ...patience }, { now: () => new Date(clock) });
});
afterAll(() => auth.stop());

let hosts = 0;
const anAddress = () => `10.0.${(hosts += 1) >> 8}.${hosts & 255}`;
const anEmail = () => `${newId()}@example.com`;
const later = (seconds: number) => {
  clock += seconds * 1_000;
};

async function anAccount(email = anEmail(), address = anAddress()) {
  const signingUp = auth.request.post('/api/users/signup').set('X-Forwarded-For', address);
  await signingUp.send({ email, password }).expect(201);
  return email;
}

const signIn = (email: string, guess: string, address = anAddress()) =>
  auth.request.post('/api/users/signin').set('X-Forwarded-For', address).send({ email, password: guess });
const statusesOf = async (attempts: PromiseLike<{ status: number }>[]) =>
  (await Promise.all(attempts)).map(({ status }) => status).sort((a, b) => a - b);
const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);
const repeat = async (count: number, one: () => PromiseLike<unknown>) => {
  for (let done = 0; done < count; done += 1) await one();
};
const fail = (email: string, address = anAddress()) => signIn(email, 'wrong horse', address).expect(401);

/** Expects a refusal without a password check. Returns the seconds to wait. */
async function refused(email: string, address = anAddress()): Promise<number> {
  const answer = await signIn(email, password, address).expect(429);
  expect(answer.body.errors[0].code).toBe('too-many-attempts');
  expect(answer.headers['set-cookie']).toBeUndefined();
  return Number(answer.headers['retry-after']);
}

describe('failed sign-ins of one account', () => {
  test('delay the next attempt, twice as long each time, from any address', async () => {
    const email = await anAccount();
    await repeat(5, () => fail(email));
    for (const delay of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      expect(await refused(email)).toBe(delay);
      later(delay);
      await fail(email);
    }
    expect(await refused(email)).toBe(900);
    await signIn(await anAccount(), password).expect(200);
  });

  test('do not count attempts that were too early, so the delay does not grow', async () => {
    const email = await anAccount();
    await repeat(5, () => fail(email));
    later(0.4);
    await repeat(20, async () => expect(await refused(email)).toBe(1));
    later(0.6);
    await signIn(email, password).expect(200);
  });

  test('expire after a day, even if MongoDB has not deleted them yet', async () => {
    const email = await anAccount();
    await repeat(5, () => fail(email));
    later(24 * 3_600);
    await repeat(5, () => fail(email));
    expect(await refused(email)).toBe(1);
  });

  test('are cleared by a successful sign-in', async () => {
    const email = await anAccount();
    for (let round = 0; round < 3; round += 1) {
      await repeat(4, () => fail(email));
      await signIn(email, password).expect(200);
    }
  });

  test('never exceed the limit, however many guesses arrive at once', async () => {
    const email = await anAccount();
    const guessAll = async () => statusesOf(times(30, () => signIn(email, 'wrong horse')));
    expect(await guessAll()).toEqual([...Array(5).fill(401), ...Array(25).fill(429)]);
    later(1);
    expect(await guessAll()).toEqual([401, ...Array(29).fill(429)]);
  });

  test('are counted across all processes', async () => {
    const other = await startForTest(service, auth.env, { now: () => new Date(clock) });
    try {
      const email = await anAccount();
      const body = { email, password: 'wrong horse' };
      const elsewhere = () => other.request.post('/api/users/signin').send(body);
      const here = () => signIn(email, 'wrong horse');
      const statuses = await statusesOf([...times(10, here), ...times(10, elsewhere)]);
      expect(statuses).toEqual([...Array(5).fill(401), ...Array(15).fill(429)]);
    } finally {
      await other.stop();
    }
  });

  test('are limited in the same way for an address without an account', async () => {
    const email = anEmail();
    const statuses = await statusesOf(times(10, () => signIn(email, password)));
    expect(statuses).toEqual([...Array(5).fill(401), ...Array(5).fill(429)]);
  });
});

describe('an owner', () => {
  test('is not locked out by strangers on networks of their own sign-ins, for thirty days', async () => {
    const [home, office] = [anAddress(), anAddress()];
    const email = await anAccount(anEmail(), home);
    await signIn(email, password, office).expect(200);
    const strangers = async () => {
      await repeat(5, () => fail(email));
      await refused(email);
    };
    await strangers();
    await signIn(email, password, home).expect(200);
    await signIn(email, password, office).expect(200);
    await refused(email);
    later(30 * 24 * 3_600);
    await strangers();
    await refused(email, home);
  });

  test('is limited on such a network too', async () => {
    const home = anAddress();
    const email = await anAccount(anEmail(), home);
    await repeat(5, () => fail(email, home));
    expect(await refused(email, home)).toBe(1);
    await signIn(email, password).expect(200);
  });
});

describe('failed sign-ins from one address', () => {
  test('delay new accounts there, a few seconds at most', async () => {
    const address = anAddress();
    const statuses = await statusesOf(times(20, () => signIn(anEmail(), password, address)));
    expect(statuses).toEqual([...Array(8).fill(401), ...Array(12).fill(429)]);
    const email = await anAccount();
    for (const delay of [1, 2, 4, 4, 4]) {
      expect(await refused(email, address)).toBe(delay);
      later(delay);
      await fail(anEmail(), address);
    }
    later(4);
    await signIn(email, password, address).expect(200);
  });

  test('do not use up the attempts of delayed accounts', async () => {
    const [email, address] = [await anAccount(), anAddress()];
    await repeat(8, () => fail(anEmail(), address));
    await repeat(10, () => refused(email, address));
    await repeat(5, () => fail(email));
    await refused(email);
  });

  test('are not counted for an account that signs in successfully', async () => {
    const address = anAddress();
    for (let guest = 0; guest < 20; guest += 1) {
      const email = await anAccount();
      await fail(email, address);
      await signIn(email, password, address).expect(200);
    }
  });

  test('are not cleared when other accounts at the address sign in', async () => {
    const address = anAddress();
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await fail(anEmail(), address);
      if (attempt < 7) await signIn(await anAccount(), password, address).expect(200);
    }
    await refused(await anAccount(), address);
  });
});

describe('a venue where fifty guests share an address with an attacker', () => {
  const guestsOf = async (address?: string) => Promise.all(times(50, () => anAccount(anEmail(), address)));

  test('is not affected by an attack on one account', async () => {
    const [venue, victim] = [anAddress(), await anAccount()];
    const guests = await guestsOf();
    await repeat(5, () => fail(victim, venue));
    for (const delay of [1, 2, 4, 8, 16]) {
      await repeat(10, () => refused(victim, venue));
      later(delay);
      await fail(victim, venue);
    }
    for (const email of guests) await signIn(email, password, venue).expect(200);
  });

  test('lets returning guests in during an attack on many accounts', async () => {
    const venue = anAddress();
    const guests = await guestsOf(venue);
    await repeat(8, () => fail(anEmail(), venue));
    await refused(await anAccount(), venue);
    const statuses = await statusesOf(guests.map((email) => signIn(email, password, venue)));
    expect(statuses).toEqual(Array(50).fill(200));
  });

  test('lets all other guests in a few seconds after the last failure', async () => {
    const venue = anAddress();
    const guests = await guestsOf();
    await repeat(8, () => fail(anEmail(), venue));
    later(4);
    await fail(anEmail(), venue);
    later(4);
    for (const email of guests) await signIn(email, password, venue).expect(200);
  });
});

describe('the record of failed sign-ins', () => {
  test('contains no address or account in clear text, and MongoDB deletes it in time', async () => {
    const [email, address] = [await anAccount(), anAddress()];
    await signIn(email, password, address).expect(200);
    await fail(email, address);
    await fail(email);
    const { failures, knownNetworks } = auth.ctx.signInLimits;
    const kept = JSON.stringify([
      await failures.model.find().lean(),
      await knownNetworks.model.find().lean(),
    ]);
    expect(kept).not.toContain(email);
    expect(kept).not.toContain(address);
    const isTtlIndex = (field: string) =>
      expect.objectContaining({ key: { [field]: 1 }, expireAfterSeconds: 0 });
    expect(await failures.model.collection.indexes()).toContainEqual(isTtlIndex('forgetAt'));
    expect(await knownNetworks.model.collection.indexes()).toContainEqual(isTtlIndex('until'));
  });
});

describe('sign-ins beyond the hashing capacity', () => {
  /** Fills the hashing limit and its queue while `use` runs. */
  async function whileHashingIsFull(use: () => Promise<void>) {
    let free: (() => void) | undefined;
    const freed = new Promise<void>((resolve) => (free = resolve));
    // Each call is of a network and an account of its own, so a newcomer has no better claim to a place.
    const hold = (use: Source['use']) =>
      auth.ctx.hashing({ use, network: anAddress(), account: anEmail() }, () => freed);
    const fillers = [...times(102, () => hold('sign-in')), ...times(100, () => hold('sign-up'))];
    try {
      await use();
    } finally {
      free?.();
      await Promise.all(fillers);
    }
  }

  test('get 503 with Retry-After, and so do sign-ups', async () => {
    const email = await anAccount();
    await whileHashingIsFull(async () => {
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

  test('get 503 for an unknown address too, so the answer reveals nothing', async () => {
    const email = anEmail();
    await whileHashingIsFull(async () => {
      await signIn(email, password).expect(503);
    });
    await signIn(email, password).expect(401);
  });

  test('do not use up the attempts of their account or address', async () => {
    const [email, address] = [await anAccount(), anAddress()];
    await whileHashingIsFull(async () => {
      expect(await statusesOf(times(5, () => signIn(email, password, address)))).toEqual(Array(5).fill(503));
      expect(await statusesOf(times(5, () => signIn(email, password, address)))).toEqual(Array(5).fill(503));
    });
    for (let attempt = 0; attempt < 5; attempt += 1) await signIn(email, 'wrong', address).expect(401);
    await signIn(email, password, address).expect(429);
  });
});
