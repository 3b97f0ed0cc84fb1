import { parseOptions } from '@node-rs/argon2';
import { openPasswords } from './passwords.js';
import { createConcurrencyLimit, type ConcurrencyLimit } from './concurrency-limit.js';

const limit = createConcurrencyLimit({ concurrency: 2, queue: 10, patienceMs: 60_000 });
const passwords = openPasswords(limit);

describe('a password', () => {
  test('is kept as argon2id with 19 MiB, two passes and a salt', async () => {
    const [one, other] = await Promise.all([
      passwords.hash('correct horse'),
      passwords.hash('correct horse'),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(parseOptions(one)).toMatchObject({ saltLen: 16, outputLen: 32 });
  });

  test('fits its own hash and no other, to the letter', async () => {
    const hash = await passwords.hash(' correct horse ');
    expect(await passwords.verify(hash, ' correct horse ')).toBe(true);
    expect(await passwords.verify(hash, 'correct horse')).toBe(false);
  });

  test('never fits where there is no account, and takes a turn all the same', async () => {
    let taken = 0;
    const counting: ConcurrencyLimit = (work) => ((taken += 1), limit(work));
    const { verify } = openPasswords(counting);
    expect(await verify(undefined, 'correct horse')).toBe(false);
    expect(taken).toBe(1);
  });

  test('is worked on as long without an account as with one', async () => {
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
