// The servers of `npm start`: MongoDB, the bus and Redis.

import { join } from 'node:path';
import {
  busServer,
  memberNumbers,
  recipes,
  startMember,
  startServer,
  untilClusterServes,
  urlOfMembers,
  type Clustered,
  type ServerName,
} from '@ticketing/common/testing/servers';
import { memberPorts, type Ports } from './ports.js';
import type { Secure } from './secure.js';
import { supervise } from './supervisor.js';

export type ServerUrls = Readonly<{
  mongo: string;
  nats: string;
  redis: string;
  /** how many servers store each event, if not one */
  natsReplicas?: string | undefined;
}>;

type Options = Readonly<{
  data: string;
  ports: Ports;
  /** three members of MongoDB and of NATS */
  isReplicated: boolean;
  say: (line: string) => void;
  secure?: Secure | undefined;
}>;

/** Starts MongoDB, the bus and Redis with their data in `data`; a server named by a variable is only returned. */
export async function startServers(options: Options): Promise<ServerUrls> {
  const { isReplicated, secure } = options;
  const hasMembers = (name: Clustered) => isReplicated && !process.env[recipes[name].urlVariable];
  // In sequence: the first failure ends the start, and its message must be the last one printed.
  const mongo = await (hasMembers('mongo') ? startMembers('mongo', options) : startOne('mongo', options));
  await secure?.makeMongoUsers(mongo);
  // NATS Streaming has one server.
  const isCluster = hasMembers('nats') && busServer() === 'nats';
  const nats = await (isCluster ? startMembers('nats', options) : startOne('nats', options));
  const redis = await startOne('redis', options);
  return { mongo, nats, redis, natsReplicas: isCluster ? `${memberNumbers.length}` : undefined };
}

async function startOne(name: 'mongo' | 'nats' | 'redis', options: Options): Promise<string> {
  const { data, ports, say, secure } = options;
  const server: ServerName = name === 'nats' ? busServer() : name;
  const { settings, mongoAccess: access } = { mongoAccess: undefined, ...secure };
  const place = { port: ports[name], dir: join(data, server), say, settings: settings?.[name], access };
  const { url, child } = await startServer(server, place);
  if (child) supervise(child, 'fatal');
  return url;
}

/** Two members serve without the third: its end is reported, and the system runs on. */
async function startMembers(name: Clustered, { data, ports, say, secure }: Options): Promise<string> {
  const plan = {
    ports: memberPorts(name, ports),
    routes: memberPorts('routes', ports),
    ...{ dir: data, say, settings: secure?.settings[name], access: secure?.mongoAccess },
  };
  await Promise.all(
    memberNumbers.map(async (number) => supervise(await startMember(name, number, plan), () => 'ignored')),
  );
  await untilClusterServes(name, plan);
  return urlOfMembers(name, plan.ports);
}
