// The environment of the local services. Variables of the caller override the defaults, except the servers' URLs.

import { createHash } from 'node:crypto';
import { secretsIn } from './secrets.js';

type Env = Readonly<Record<string, string | undefined>>;
type Urls = Readonly<{ mongo: string; nats: string; redis: string; cards: string }>;

/** The environment of every service. Secrets come from `file`, which is created when missing. */
export function serviceEnv(given: Env, urls: Urls, file: string): Record<string, string | undefined> {
  const { JWT_KEY, STRIPE_KEY, STRIPE_WEBHOOK_SECRET } = secretsIn(file);
  const local = { STRIPE_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_BASE: urls.cards };
  return {
    // A service with a JWT_KEY beside public keys would accept what other services can sign.
    ...(given['JWT_PUBLIC_KEYS'] ? {} : { JWT_KEY }),
    // Everybody's local system has the same NAMESPACE, and a team may share an account at Stripe.
    INSTALLATION_ID: markOf(STRIPE_WEBHOOK_SECRET),
    COOKIE_SECURE: 'auto',
    // Clients on this machine all have its address. Those of other machines have the one that the gateway reports.
    TRUST_PROXY: given['BIND_ADDRESS'] ? '1' : '0',
    BIND_ADDRESS: '127.0.0.1',
    ...(given['STRIPE_KEY'] ? {} : local),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
    MONGO_URI: urls.mongo,
    NATS_URL: urls.nats,
    REDIS_URL: urls.redis,
  };
}

/** A mark of this data folder, by a secret that exists nowhere else. */
function markOf(secret: string): string {
  return `local-${createHash('sha256').update(secret).digest('hex').slice(0, 12)}`;
}
