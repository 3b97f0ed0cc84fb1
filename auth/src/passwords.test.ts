import { parseOptions } from '@node-rs/argon2';
import { openPasswords } from './passwords.js';
import { createConcurrencyLimit, type ConcurrencyLimit, type Source } from './concurrency-limit.js';

const limit = createConcurrencyLimit({ concurrency: 2, queue: 10, perAccount: 10, patienceMs: 60_000 });
const passwords = openPasswords(limit);
const source: Source = { use: 'sign-in', network: '10.0.0.1', account: 'ann@example.com' };

describe('a password', () => {
  test('is hashed by argon2id with 19 MiB, two passes and a salt', async () => {
    const [one, other] = await Promise.all([
      passwords.hash('correct horse', source),
      passwords.hash('correct horse', source),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(parseOptions(one)).toMatchObject({ saltLen: 16, outputLen: 32 });
  });

  test('matches only its own hash, to the letter', async () => {
    const hash = await passwords.hash(' correct horse ', source);
    expect(await passwords.verify(hash, ' correct horse ', source)).toBe(true);
    expect(await passwords.verify(hash, 'correct horse', source)).toBe(false);
  });

  test('never matches without an account, and still counts against the concurrency limit', async () => {
    let calls = 0;
    const counting: ConcurrencyLimit = (by, work) => ((calls += 1), limit(by, work));
    const { verify } = openPasswords(counting);
    expect(await verify(undefined, 'correct horse', source)).toBe(false);
    expect(calls).toBe(1);
  });

  test('takes as much work without an account as with one', async () => {
    const hash = await passwords.hash('correct horse', source);
    const cpuOf = async (passwordHash: string | undefined) => {
      await passwords.verify(passwordHash, 'warm up', source);
      const before = process.cpuUsage();
      for (let count = 0; count < 20; count += 1) await passwords.verify(passwordHash, 'wrong', source);
      return process.cpuUsage(before).user;
    };
    expect(await cpuOf(undefined)).toBeGreaterThan((await cpuOf(hash)) / 3);
  });
});
