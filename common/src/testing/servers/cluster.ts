// Three members of a MongoDB replica set, or three NATS servers with JetStream, on this machine.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild, type Child } from '../child.js';
import { findProgram } from './find.js';
import { recipes } from './recipes.js';
import { advanceReplicaSetSetup, withAdminAt, type MongoAccess } from './replica-set.js';
import { listens, serving } from './start.js';

export type Clustered = 'mongo' | 'nats';

export const memberNumbers = [1, 2, 3] as const;
export type MemberNumber = (typeof memberNumbers)[number];

/** By member. `routes`: the ports by which NATS servers reach each other. */
export type ClusterPlan = Readonly<{
  ports: readonly [number, number, number];
  routes: readonly [number, number, number];
  /** Each member has a folder of its own in it. */
  dir: string;
  say: (line: string) => void;
  settings?: string | undefined;
  access?: MongoAccess | undefined;
}>;

const host = '127.0.0.1';
const serveWithinMs = 60_000;

/** The URL that names all members. */
export function urlOfMembers(name: Clustered, ports: readonly number[]): string {
  return name === 'mongo'
    ? `mongodb://${ports.map((port) => `${host}:${port}`).join()}/?replicaSet=rs0`
    : ports.map((port) => `nats://${host}:${port}`).join();
}

/**
 * Starts one member, or starts it again. Resolves when it accepts connections; `untilClusterServes` waits for the rest.
 * Only a program on this machine will do: the members of containers do not reach each other at the addresses of clients.
 */
export async function startMember(name: Clustered, number: MemberNumber, plan: ClusterPlan): Promise<Child> {
  const recipe = recipes[name];
  const { path } = await findProgram([recipe], plan.say);
  const [at, dir] = [number - 1, join(plan.dir, `${name}-${number}`)];
  const port = plan.ports[at] as number;
  const { settings, routes } = plan;
  const cluster = { name: `ticketing-${number}`, port: routes[at] as number, routes };
  const place = { host, port, dir, settings, ...(name === 'nats' && { cluster }) };
  await mkdir(dir, { recursive: true });
  await recipe.prepare?.(place, dir);
  const child = startChild({
    name: `${recipe.name} ${number}`,
    program: path,
    args: recipe.args(place),
    env: process.env,
  });
  await serving(child, () => listens(port));
  return child;
}

/**
 * Resolves when all members are up and have a leader.
 * @throws Error after 60 s
 */
export async function untilClusterServes(name: Clustered, { ports, access, settings }: ClusterPlan) {
  const hosts = ports.map((port) => `${host}:${port}`);
  const serves = () =>
    name === 'mongo' ? advanceReplicaSetSetup(hosts, access) : hasLeader(ports, settings);
  for (const end = Date.now() + serveWithinMs; !(await serves()); await delay(100))
    if (Date.now() > end)
      throw new Error(`The members of ${name} have no leader after ${serveWithinMs / 1_000} s.`);
}

/** The member that is the primary, or that leads the stream of a namespace; undefined during an election. */
export async function leaderOf(name: Clustered, { ports, access }: ClusterPlan, namespace = 'ticketing') {
  const found = await (name === 'mongo' ? primaryOf(ports, access) : streamLeader(ports, namespace)).catch(
    () => undefined,
  );
  return memberNumbers.find((number) => number === found);
}

async function primaryOf(ports: readonly number[], access?: MongoAccess): Promise<number> {
  const { me } = await withAdminAt(urlOfMembers('mongo', ports), access, (admin) =>
    admin.command({ hello: 1 }),
  );
  return ports.findIndex((port) => me === `${host}:${port}`) + 1;
}

async function streamLeader(ports: readonly number[], namespace: string): Promise<number> {
  return withManager(ports, async (manager) => {
    const { cluster } = await manager.streams.info(namespace.toUpperCase());
    return Number(cluster?.leader?.split('-').at(-1));
  });
}

/** Only the leader answers for the account. With users, this client has no permission to ask, so the check is skipped. */
async function hasLeader(ports: readonly number[], settings: string | undefined): Promise<boolean> {
  if (settings !== undefined) return true;
  return withManager(ports, (manager) => manager.getAccountInfo()).then(
    () => true,
    () => false,
  );
}

async function withManager<T>(
  ports: readonly number[],
  use: (manager: JetStreamManager) => Promise<T>,
): Promise<T> {
  const nats = await connect({ servers: ports.map((port) => `${host}:${port}`), timeout: 1_000 });
  try {
    return await use(await jetstreamManager(nats, { timeout: 1_000, checkAPI: false }));
  } finally {
    await nats.close();
  }
}
