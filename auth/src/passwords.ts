// argon2id by OWASP's parameters. https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html

import { randomUUID } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { Turns } from './concurrency-limit.js';

// argon2id is the package's own default; its enum cannot be named under isolatedModules.
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export type Passwords = ReturnType<typeof openPasswords>;

export function openPasswords(turns: Turns) {
  // Nobody knows this password. It is verified where there is no account, so that the answer takes as long.
  let nobodys: Promise<string> | undefined;

  return {
    hash: (password: string) => turns.take(() => hash(password, parameters)),

    /** Does the password fit? Without a hash it does not, after the same work. */
    verify: (passwordHash: string | undefined, password: string) =>
      turns.take(async () => {
        nobodys ??= hash(randomUUID(), parameters);
        const fits = await verify(passwordHash ?? (await nobodys), password);
        return fits && passwordHash !== undefined;
      }),
  };
}
