// The system under chaos: every process may be killed, every connection disturbed, and nothing is mocked.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@ticketing/common/testing';
import { localRunner } from '@ticketing/ops';
import {
  clusterEnv,
  environmentOf,
  freePorts,
  linkNames,
  newSecrets,
  planClusters,
  serviceNames,
  workspaceOf,
  type Clusters,
  type Env,
  type ExtraName,
  type LinkName,
  type Ports,
  type ServerName,
  type ServiceName,
} from './environment.js';
import {
  expectReady,
  registerWebhook,
  superviseCardNetwork,
  superviseMembers,
  superviseServer,
  superviseService,
} from './processes.js';
import type { SupervisedProcess } from './supervised-process.js';
import { startToxiproxy, type Link, type ToxiproxyServer } from './toxiproxy.js';

type Options = Readonly<{
  /** variables of every service */
  env?: Env;
  /** additional variables of each start of a service: a fail point */
  startEnv?: (service: ServiceName) => Env;
  /** the folder of the build that each start of a service runs; by default this one */
  buildOf?: (service: ServiceName) => string;
  /** further processes: a second one of a service, or a service that most scenarios do without */
  extra?: readonly ExtraName[];
  /** the pause before a service that ended by itself is restarted */
  restartAfterMs?: () => number;
  /** puts Toxiproxy between the services and each server */
  proxied?: boolean;
  /** three members of MongoDB and of NATS, two processes of each service; by default if REPLICAS is set */
  replicated?: boolean;
  /** uses the card network of another system, in the same account */
  neighbour?: Readonly<{ cards: SupervisedProcess; cardsPort: number }>;
  say: (line: string) => void;
}>;

export type ChaosSystem = Awaited<ReturnType<typeof startChaosSystem>>;

const readyWithinMs = 180_000;
// A service reads its store's clock with an error of half a round trip, which is long on a busy machine.
const clockDifferenceMs = 1_000;
/** For scenarios in which every request must succeed, also on a slow machine. */
export const patient: Env = { REQUEST_TIMEOUT_MS: '9000' };

export async function startChaosSystem(options: Options) {
  const { env = {}, startEnv, buildOf, restartAfterMs, proxied, neighbour, say } = options;
  const { replicated = Boolean(process.env['REPLICAS']) } = options;
  const extra = new Set([...(options.extra ?? []), ...(replicated ? seconds : [])]);
  const folder = await mkdtemp(join(tmpdir(), 'ticketing-chaos-'));
  const cleanup = openCleanup(() => rm(folder, { recursive: true, force: true }));
  const log = openLog(say);
  const free = await freePorts(linkNames);
  const ports = neighbour ? { ...free, cards: neighbour.cardsPort } : free;
  const servicePorts = await freePorts<ServiceName>([...serviceNames, ...extra]);
  const place = (name: LinkName) => ({ port: ports[name], dir: join(folder, name), say });
  const clusters = replicated && !proxied ? await planClusters(folder, say) : undefined;
  const startStore = async (name: ServerName) =>
    [name, await cleanup.track(startServerOrMembers(name, place(name), clusters))] as const;
  const servers = Object.fromEntries(await Promise.all(serverNames.map(startStore))) as Servers;
  const secrets = newSecrets();
  const webhookUrl = `http://127.0.0.1:${servicePorts.payments}/api/payments/webhook`;
  if (neighbour) secrets.webhookSecret = await registerWebhook(neighbour.cardsPort, webhookUrl);
  const startCards = () => cleanup.track(superviseCardNetwork({ ...place('cards'), webhookUrl, secrets }));
  const cards = neighbour?.cards ?? (await startCards());
  const toxiproxy = proxied ? await cleanup.track(startToxiproxy()) : undefined;
  const links = toxiproxy && (await linkAll(toxiproxy, ports));
  const members = clusters ? clusterEnv(clusters) : {};
  const serviceEnv = { ...environmentOf(links ? portsOf(links) : ports, secrets), ...members, ...env };

  const start = async (name: ServiceName) => {
    const own = { port: servicePorts[name], env: serviceEnv, startEnv, buildOf, restartAfterMs };
    return [name, await cleanup.track(superviseService(name, { ...own, ...log.of(name) }))] as const;
  };
  const services = Object.fromEntries(await Promise.all(namesIn(servicePorts).map(start))) as Services;
  // The faults begin only when all services are ready.
  const ready = (port: number) => eventually(() => expectReady(port), readyWithinMs);
  await Promise.all(Object.values(servicePorts).map(ready));

  // The checker connects past the proxies.
  const checkerEnv: Env = { ...environmentOf(ports, secrets), ...members, ...env };
  return {
    folder,
    servers,
    cards,
    cardsPort: ports.cards,
    services,
    ...log.recorded,
    jwtKey: secrets.jwtKey,
    env: { ...process.env, ...serviceEnv } as NodeJS.ProcessEnv,
    ...accessBy(checkerEnv),
    clusters,
    clockDifferenceMs,
    cardsUrl: `http://127.0.0.1:${ports.cards}`,
    ...addresses(servicePorts),
    ...operations({
      folder,
      servers,
      processes: [...Object.values(servers), cards, ...Object.values(services)],
    }),
    ...linkOperations(toxiproxy, links),
    stop: cleanup.run,
  };
}

const serverNames = ['mongo', 'nats', 'redis'] as const;

/** How the checker reaches the system. */
function accessBy(env: Env) {
  const busEnv: NodeJS.ProcessEnv = { ...process.env, ...env };
  return { busEnv, reach: localRunner(() => busEnv), storeOf: () => env['MONGO_URI'] ?? '' };
}

const seconds: readonly ExtraName[] = ['tickets-2', 'payments-2', 'expiration-2'];

function startServerOrMembers(
  name: ServerName,
  place: Parameters<typeof superviseServer>[1],
  clusters: Clusters | undefined,
): Promise<SupervisedProcess> {
  const plan = name === 'redis' ? undefined : clusters?.[name];
  return plan && name !== 'redis' ? superviseMembers(name, plan) : superviseServer(name, place);
}

const namesIn = (ports: Ports<ServiceName>) => Object.keys(ports) as ServiceName[];
const addresses = (ports: Ports<ServiceName>) => {
  const url = (name: ServiceName) => `http://127.0.0.1:${ports[name]}`;
  const urls = (workspace: string) =>
    namesIn(ports)
      .filter((name) => workspaceOf(name) === workspace)
      .map(url);
  /** of a process, and of all processes of a service */
  return { url, urls };
};

type Servers = Readonly<Record<ServerName, SupervisedProcess>>;
type Services = Readonly<
  Record<Exclude<ServiceName, ExtraName>, SupervisedProcess> & Partial<Record<ExtraName, SupervisedProcess>>
>;
type Links = Readonly<Record<LinkName, Link>>;
type Stop = () => Promise<unknown>;

function openCleanup(first: Stop) {
  const stops: Stop[] = [first];
  return {
    async track<T extends Readonly<{ stop: Stop }>>(starting: Promise<T>): Promise<T> {
      const started = await starting;
      stops.push(() => started.stop());
      return started;
    },
    async run(): Promise<void> {
      for (const stop of stops.toReversed()) await stop();
    },
  };
}

/** Records the alarms in the logs of the services, and the exits of their processes. */
function openLog(say: (line: string) => void) {
  const alarms: string[] = [];
  const exits: { name: ServiceName; at: number }[] = [];
  const of = (name: ServiceName) => ({
    onLine(line: string) {
      if (process.env['CHAOS_LOG']) say(`${name}: ${line}`);
      if (line.includes('"alarm":true') || line.includes('"level":"fatal"')) alarms.push(`${name}: ${line}`);
    },
    onExit(reason: string) {
      exits.push({ name, at: Date.now() });
      if (!reason.includes('SIGKILL')) alarms.push(`${name} ended without SIGKILL: ${reason}`);
    },
  });
  return { of, recorded: { alarms, exits } };
}

async function linkAll(toxiproxy: ToxiproxyServer, ports: Ports<LinkName>): Promise<Links> {
  const entries: [LinkName, Link][] = [];
  for (const name of linkNames) entries.push([name, await toxiproxy.link(name, ports[name])]);
  return Object.fromEntries(entries) as Links;
}

const portsOf = ({ mongo, nats, redis, cards }: Links): Ports<LinkName> => ({
  mongo: mongo.port,
  nats: nats.port,
  redis: redis.port,
  cards: cards.port,
});

type Running = Readonly<{ folder: string; servers: Servers; processes: readonly SupervisedProcess[] }>;

const operations = ({ folder, servers, processes }: Running) => ({
  /** Kills a server, changes the files in its data folder, and starts it again. */
  async changeData(name: ServerName, change: (folder: string) => Promise<void>): Promise<void> {
    await servers[name].kill(() => change(join(folder, name)));
  },
  /** Resolves when all processes serve. */
  async allUp(): Promise<void> {
    for (const process of processes) await process.up();
  },
});

const linkOperations = (toxiproxy: ToxiproxyServer | undefined, links: Links | undefined) => ({
  /** Disturbs the connections of all services to one server. */
  async disturb(name: LinkName, toxic: Parameters<Link['disturb']>[0]): Promise<void> {
    if (!links) throw new Error('This system was started without proxies.');
    await links[name].disturb(toxic);
  },
  async resetLinks(): Promise<void> {
    await toxiproxy?.reset();
  },
});
