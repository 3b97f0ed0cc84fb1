// Hashes passwords with argon2id and the parameters of OWASP.
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html

import { randomUUID } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { ConcurrencyLimit, Source } from './concurrency-limit.js';

// argon2id is the package's default. Its enum cannot be imported under isolatedModules.
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export type Passwords = ReturnType<typeof openPasswords>;

export function openPasswords(limit: ConcurrencyLimit) {
  // Verified when there is no account, so that both cases do the same work.
  let dummyHash: Promise<string> | undefined;

  return {
    hash: (password: string, source: Source) => limit(source, () => hash(password, parameters)),

    /** Does the password match? Without a hash the answer is false, after the same work. */
    verify: (passwordHash: string | undefined, password: string, source: Source) =>
      limit(source, async () => {
        dummyHash ??= hash(randomUUID(), parameters).catch((error: unknown) => {
          dummyHash = undefined;
          throw error;
        });
        const matches = await verify(passwordHash ?? (await dummyHash), password);
        return matches && passwordHash !== undefined;
      }),
  };
}
