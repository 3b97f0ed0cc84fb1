import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sessionKeyPair } from '@ticketing/common/testing/servers';

type Name = 'JWT_KEY' | 'STRIPE_WEBHOOK_SECRET' | 'STRIPE_KEY' | 'ACCOUNT_LINK_KEY';
type Secrets = Readonly<Record<Name, string>>;

const random = () => randomBytes(32).toString('hex');

/** Reads the secrets in `file`, or creates them. Kept beside the data, so that sessions survive a restart. */
export function secretsIn(file: string): Secrets {
  return readOrCreate(file, {
    JWT_KEY: random(),
    STRIPE_WEBHOOK_SECRET: `whsec_${random()}`,
    STRIPE_KEY: `sk_test_local_${random()}`,
    ACCOUNT_LINK_KEY: random(),
  });
}

/** Reads the key pair of sessions in `file`, or creates it. */
export function sessionKeysIn(file: string): ReturnType<typeof sessionKeyPair> {
  return readOrCreate(file, sessionKeyPair());
}

/** Reads a password for each user in `file`, and creates those that are missing. */
export function passwordsIn(file: string, users: readonly string[]): Readonly<Record<string, string>> {
  return readOrCreate(file, Object.fromEntries(users.map((user) => [user, random()])));
}

function readOrCreate<T extends object>(file: string, fresh: T): T {
  const stored = readIfThere(file);
  const all: T = { ...fresh, ...stored };
  if (Object.keys(all).every((name) => name in stored)) return all;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(all, undefined, 2), { mode: 0o600 });
  return all;
}

function readIfThere(file: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
