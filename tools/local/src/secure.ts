// npm start -- --secure: each service has a user of its own on the bus, with TLS and only its own permissions, and expiration
// a user on Redis. Passwords and certificates are made in the data folder, and kept with the data.

import { join } from 'node:path';
import { natsAuthorization, publishers } from '@ticketing/common/bus/permissions';
import { busServer, certificatesIn } from '@ticketing/common/testing/servers';
import { passwordsIn } from './secrets.js';

type Env = Readonly<Record<string, string | undefined>>;

export type Secure = Readonly<{
  /** further lines of the servers' configurations */
  settings: Readonly<{ nats: string; redis: string }>;
  /** The variables of one service, over those of all. */
  envOf: (service: string, urls: Readonly<{ nats: string; redis: string }>) => Env;
}>;

/** @throws Error when openssl is missing, or with NATS Streaming, which has no permissions for each service */
export function secureSystem(data: string, namespace: string): Secure {
  if (busServer() === 'nats-streaming') throw new Error('--secure needs EVENT_BUS=jetstream.');
  const { ca, cert, key } = certificatesIn(join(data, 'certificates'));
  const passwords = passwordsIn(join(data, 'passwords.json'), [...publishers, 'operator', 'redis']);
  const passwordOf = (user: string) => passwords[user] ?? '';
  return {
    settings: {
      nats: `tls { cert_file: "${cert}", key_file: "${key}" }\n${natsAuthorization(namespace, (user) => `"${passwordOf(user)}"`)}`,
      redis: `user default off\nuser expiration on >${passwordOf('redis')} ~* &* +@all -@admin +info\n`,
    },
    envOf: (service, { nats, redis }) => ({
      NATS_URL: nats.replace('nats://', `tls://${service}@`),
      NATS_PASSWORD: passwordOf(service),
      NATS_CA: ca,
      ...(service === 'expiration' && {
        REDIS_URL: redis.replace('//', `//expiration:${passwordOf('redis')}@`),
      }),
    }),
  };
}
