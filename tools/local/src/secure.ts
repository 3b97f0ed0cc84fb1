// npm start -- --secure: each service has a user of its own on the bus, with TLS and only its own permissions, and expiration
// a user on Redis. MongoDB has none yet. Passwords and certificates are made in the data folder, and kept with the data.

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

/** @throws Error when openssl is missing */
export function secureSystem(data: string, namespace: string): Secure {
  const { ca, cert, key } = certificatesIn(join(data, 'certificates'));
  const passwords = passwordsIn(join(data, 'passwords.json'), [
    ...publishers,
    'operator',
    'services',
    'redis',
  ]);
  const passwordOf = (user: string) => passwords[user] ?? '';
  const quoted = (user: string) => `"${passwordOf(user)}"`;
  // NATS Streaming has no permissions by service, and is a client of its own server.
  const isStreaming = busServer() === 'nats-streaming';
  const oneUser = `streaming { tls { client_ca: "${ca}" } }\nauthorization { user: services, password: ${quoted('services')} }`;
  const users = isStreaming ? oneUser : natsAuthorization(namespace, quoted);
  const userOf = (service: string) => (isStreaming ? 'services' : service);
  return {
    settings: {
      nats: `tls { cert_file: "${cert}", key_file: "${key}" }\n${users}`,
      redis: `user default off\nuser expiration on >${passwordOf('redis')} ~* &* +@all -@admin +info\n`,
    },
    envOf: (service, { nats, redis }) => ({
      NATS_URL: nats.replace('nats://', `tls://${userOf(service)}@`),
      NATS_PASSWORD: passwordOf(userOf(service)),
      NATS_CA: ca,
      ...(service === 'expiration' && {
        REDIS_URL: redis.replace('//', `//expiration:${passwordOf('redis')}@`),
      }),
    }),
  };
}
