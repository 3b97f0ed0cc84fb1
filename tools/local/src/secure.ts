// npm start -- --secure: each service has a user of its own on the bus and in MongoDB, with only its own permissions, and
// expiration has one in Redis. All of them require TLS, and only auth can sign sessions. Passwords, certificates and keys
// are made in the data folder.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { natsAuthorization, busUsers } from '@ticketing/common/bus/permissions';
import {
  busServer,
  certificatesIn,
  grant,
  readWriteRoleOn,
  type Certificates,
  type MongoAccess,
} from '@ticketing/common/testing/servers';
import { passwordsIn, sessionKeysIn } from './secrets.js';

type Env = Readonly<Record<string, string | undefined>>;
type Urls = Readonly<{ mongo: string; nats: string; redis: string }>;

export type Secure = Readonly<{
  /** further lines of the servers' configurations */
  settings: Readonly<{ mongo: string; nats: string; redis: string }>;
  mongoAccess: MongoAccess;
  /** Creates the users of a MongoDB that runs with these settings. */
  makeMongoUsers: (mongo: string) => Promise<void>;
  /** The variables of one service, over those of all. The user `operator` may do everything. */
  envOf: (service: string, urls: Urls) => Env;
  sessionKeys: ReturnType<typeof sessionKeysIn>;
}>;

const withMongo = ['auth', 'tickets', 'orders', 'payments', 'notifications'];

/** @throws Error when openssl is missing */
export function secureSystem(data: string, namespace: string): Secure {
  const certificates = certificatesIn(join(data, 'certificates'));
  const passwords = passwordsIn(join(data, 'passwords.json'), [
    ...[...busUsers, 'operator', 'services'],
    ...['redis', 'mongo-key', 'mongo-operator'],
    ...withMongo.map((service) => `mongo-${service}`),
  ]);
  const passwordOf = (user: string) => passwords[user] ?? '';
  const mongoAccess = { tlsCAFile: certificates.ca, key: passwordOf('mongo-key') };
  const mongoUri = (user: string, mongo: string) =>
    `${mongo.replace('//', `//${user}:${passwordOf(`mongo-${user}`)}@`)}&authSource=admin&tls=true&tlsCAFile=${encodeURIComponent(certificates.ca)}`;
  const bus = natsUsers(certificates, namespace, passwordOf);
  return {
    settings: {
      mongo: mongoSettings(data, certificates, mongoAccess.key),
      nats: bus.settings,
      redis: redisSettings(certificates, passwordOf('redis')),
    },
    mongoAccess,
    sessionKeys: sessionKeysIn(join(data, 'session-keys.json')),
    async makeMongoUsers(mongo) {
      await grant(mongoUri('operator', mongo), 'root', mongoAccess.key);
      for (const service of withMongo)
        await grant(mongoUri(service, mongo), readWriteRoleOn(`${namespace}-${service}`), mongoAccess.key);
    },
    envOf: (service, { mongo, nats, redis }) => ({
      ...bus.envOf(service, nats),
      ...([...withMongo, 'operator'].includes(service) && { MONGO_URI: mongoUri(service, mongo) }),
      ...(['expiration', 'operator'].includes(service) && {
        REDIS_URL: redis.replace('redis://', `rediss://expiration:${passwordOf('redis')}@`),
        NODE_EXTRA_CA_CERTS: certificates.ca,
      }),
    }),
  };
}

function mongoSettings(data: string, { ca, both }: Certificates, key: string): string {
  const keyFile = join(data, 'mongo.key');
  mkdirSync(data, { recursive: true });
  writeFileSync(keyFile, key, { mode: 0o600 });
  return `security: { keyFile: "${keyFile}" }
net: { tls: { mode: requireTLS, certificateKeyFile: "${both}", CAFile: "${ca}", allowConnectionsWithoutCertificates: true } }
`;
}

const redisSettings = ({ cert, key }: Certificates, password: string) => `tls-cert-file ${cert}
tls-key-file ${key}
tls-auth-clients no
user default off
user expiration on >${password} ~* &* +@all -@admin +info
`;

/** NATS Streaming has no permissions by service, and is a client of its own server. */
function natsUsers({ ca, cert, key }: Certificates, namespace: string, passwordOf: (user: string) => string) {
  const quoted = (user: string) => `"${passwordOf(user)}"`;
  const isStreaming = busServer() === 'nats-streaming';
  const oneUser = `streaming { tls { client_ca: "${ca}" } }\nauthorization { user: services, password: ${quoted('services')} }`;
  const userOf = (service: string) => (isStreaming ? 'services' : service);
  return {
    settings: `tls { cert_file: "${cert}", key_file: "${key}" }\n${isStreaming ? oneUser : natsAuthorization(namespace, quoted)}`,
    envOf: (service: string, nats: string): Env => ({
      NATS_URL: nats.replace('nats://', `tls://${userOf(service)}@`),
      NATS_PASSWORD: passwordOf(userOf(service)),
      NATS_CA: ca,
    }),
  };
}
