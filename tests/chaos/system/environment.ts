// Ports, secrets and environment variables of the system under chaos.

import { randomBytes } from 'node:crypto';
import {
  busServer,
  freePort,
  memberNumbers,
  urlOfMembers,
  type ClusterPlan,
} from '@ticketing/common/testing/servers';
import { unlimited } from '../../system/system.js';

export type ServerName = 'mongo' | 'nats' | 'redis';
/** the servers that services connect to */
export type LinkName = ServerName | 'cards';
export const linkNames = ['mongo', 'nats', 'redis', 'cards'] as const;
export const serviceNames = ['tickets', 'orders', 'orders-2', 'payments', 'expiration'] as const;
/** processes that a scenario may ask for */
export type ExtraName =
  | 'tickets-2'
  | 'payments-2'
  | 'expiration-2'
  | 'auth'
  | 'auth-2'
  | 'notifications'
  | 'notifications-2';
export type ServiceName = (typeof serviceNames)[number] | ExtraName;
export const workspaceOf = (name: ServiceName): string => name.replace('-2', '');
export type Env = Readonly<Record<string, string>>;
export type Ports<N extends string> = Readonly<Record<N, number>>;

export async function freePorts<N extends string>(names: readonly N[]): Promise<Ports<N>> {
  const entries = await Promise.all(names.map(async (name) => [name, await freePort()] as const));
  return Object.fromEntries(entries) as Ports<N>;
}

export type Secrets = { jwtKey: string; webhookSecret: string };

/** The account of every system under chaos at the card network. */
export const stripeKey = 'sk_test_chaos';

export const newSecrets = (): Secrets => ({
  jwtKey: randomBytes(32).toString('hex'),
  webhookSecret: `whsec_${randomBytes(32).toString('hex')}`,
});

/** The environment of every service that connects to the servers at these ports. */
export function environmentOf(ports: Ports<LinkName>, { jwtKey, webhookSecret }: Secrets): Env {
  return {
    JWT_KEY: jwtKey,
    MONGO_URI: mongoUrl(ports.mongo),
    NATS_URL: `nats://127.0.0.1:${ports.nats}`,
    REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
    STRIPE_KEY: stripeKey,
    STRIPE_API_BASE: `http://127.0.0.1:${ports.cards}`,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    // Only the scenario `mail` has a mail server. Operators read notifications in every scenario.
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'Ticketing <tickets@localhost>',
    PUBLIC_URL: 'http://localhost:8080',
    ACCOUNT_LINK_KEY: jwtKey,
    LOG_LEVEL: 'error',
    ...unlimited,
    // NATS Streaming redelivers the in-flight messages of a killed process only after this time.
    ...(busServer() === 'nats-streaming' && { NATS_ACK_WAIT_MS: '5000' }),
  };
}

/** A direct connection: replica set discovery would bypass the proxy. */
export const mongoUrl = (port: number): string => `mongodb://127.0.0.1:${port}/?directConnection=true`;

/** A system with three members of MongoDB and of NATS. */
export type Clusters = Readonly<{ mongo: ClusterPlan; nats?: ClusterPlan }>;

/** The ports of the members. NATS Streaming has one server. */
export async function planClusters(dir: string, say: (line: string) => void): Promise<Clusters> {
  const three = async () => [await freePort(), await freePort(), await freePort()] as const;
  const plan = async () => ({ ports: await three(), routes: await three(), dir, say });
  return { mongo: await plan(), ...(busServer() === 'nats' && { nats: await plan() }) };
}

/** The variables by which a service finds the members. */
export const clusterEnv = ({ mongo, nats }: Clusters): Env => ({
  MONGO_URI: urlOfMembers('mongo', mongo.ports),
  ...(nats && { NATS_URL: urlOfMembers('nats', nats.ports), NATS_REPLICAS: `${memberNumbers.length}` }),
});
