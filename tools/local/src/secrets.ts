import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Reads the secrets in `file`, or creates them. Kept beside the data, so that sessions survive a restart. */
export function secretsIn(file: string): Record<'JWT_KEY' | 'STRIPE_WEBHOOK_SECRET' | 'STRIPE_KEY', string> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const random = () => randomBytes(32).toString('hex');
  const secrets = {
    JWT_KEY: random(),
    STRIPE_WEBHOOK_SECRET: `whsec_${random()}`,
    STRIPE_KEY: `sk_test_local_${random()}`,
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(secrets, undefined, 2), { mode: 0o600 });
  return secrets;
}
