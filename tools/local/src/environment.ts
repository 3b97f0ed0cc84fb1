// The environment of the local services. Variables of the caller override the defaults, except the servers' URLs.

import { createHash } from 'node:crypto';
import type { Ports } from './ports.js';
import { secretsIn } from './secrets.js';

type Env = Readonly<Record<string, string | undefined>>;
type Servers = Readonly<{ mongo: string; nats: string; redis: string; natsReplicas?: string | undefined }>;
type Urls = Servers & Readonly<{ cards: string; mail: string; gateway: string }>;

/** The URLs of the local parts beside the servers. */
export const localUrls = (ports: Ports) => ({
  cards: `http://127.0.0.1:${ports.cards}`,
  mail: `smtp://127.0.0.1:${ports.mail}`,
  gateway: `http://localhost:${ports.gateway}`,
});

/**
 * The environment of every service. Secrets come from `file`, which is created when missing. `sessionKeys` take the place of
 * the shared key of sessions.
 */
export function serviceEnv(
  given: Env,
  urls: Urls,
  file: string,
  sessionKeys?: Env,
): Record<string, string | undefined> {
  const { JWT_KEY, STRIPE_KEY, STRIPE_WEBHOOK_SECRET, ACCOUNT_LINK_KEY } = secretsIn(file);
  const local = { STRIPE_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_BASE: urls.cards };
  return {
    // A service with a JWT_KEY beside public keys would accept what other services can sign.
    ...(given['JWT_PUBLIC_KEYS'] ? {} : (sessionKeys ?? { JWT_KEY })),
    // Everybody's local system has the same NAMESPACE, and a team may share an account at Stripe.
    INSTALLATION_ID: installationIdOf(STRIPE_WEBHOOK_SECRET),
    COOKIE_SECURE: 'auto',
    // Clients on this machine all have its address. Those of other machines have the one that the gateway reports.
    TRUST_PROXY: given['BIND_ADDRESS'] ? '1' : '0',
    BIND_ADDRESS: '127.0.0.1',
    SMTP_URL: urls.mail,
    MAIL_FROM: 'Ticketing <tickets@localhost>',
    PUBLIC_URL: urls.gateway,
    ACCOUNT_LINK_KEY,
    ...(given['STRIPE_KEY'] ? {} : local),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
    MONGO_URI: urls.mongo,
    NATS_URL: urls.nats,
    ...(urls.natsReplicas !== undefined && { NATS_REPLICAS: urls.natsReplicas }),
    REDIS_URL: urls.redis,
  };
}

/** The id of this data folder, derived from a secret that exists nowhere else. */
function installationIdOf(secret: string): string {
  return `local-${createHash('sha256').update(secret).digest('hex').slice(0, 12)}`;
}
