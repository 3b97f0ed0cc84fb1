import { parseOptions } from '@node-rs/argon2';
import { openPasswords } from './passwords.js';
import { createConcurrencyLimit, type ConcurrencyLimit } from './concurrency-limit.js';

const limit = createConcurrencyLimit({ concurrency: 2, queue: 10, patienceMs: 60_000 });
const passwords = openPasswords(limit);

describe('a password', () => {
  test('is hashed by argon2id with 19 MiB, two passes and a salt', async () => {
    const [one, other] = await Promise.all([
      passwords.hash('correct horse'),
      passwords.hash('correct horse'),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(parseOptions(one)).toMatchObject({ saltLen: 16, outputLen: 32 });
  });

  test('matches only its own hash, to the letter', async () => {
    const hash = await passwords.hash(' correct horse ');
    expect(await passwords.verify(hash, ' correct horse ')).toBe(true);
    expect(await passwords.verify(hash, 'correct horse')).toBe(false);
  });

  test('never matches without an account, and still counts against the concurrency limit', async () => {
    let calls = 0;
    const counting: ConcurrencyLimit = (work) => ((calls += 1), limit(work));
    const { verify } = openPasswords(counting);
    expect(await verify(undefined, 'correct horse')).toBe(false);
    expect(calls).toBe(1);
  });

  test('takes as much work without an account as with one', async () => {
    const hash = await passwords.hash('correct horse');
    const cpuOf = async (passwordHash: string | undefined) => {
      await passwords.verify(passwordHash, 'warm up');
      const before = process.cpuUsage();
      for (let count = 0; count < 20; count += 1) await passwords.verify(passwordHash, 'wrong');
      return process.cpuUsage(before).user;
    };
    expect(await cpuOf(undefined)).toBeGreaterThan((await cpuOf(hash)) / 3);
  });
});
