// node tools/local/dist/start.js: starts the whole system on one machine. The servers come first, then the card network,
// the services and the gateway. The mail catcher starts beside the servers. No child outlives this process.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { recipes, root } from '@ticketing/common/testing/servers';
import { claimData } from './data-folder.js';
import { fillDemo } from './demo.js';
import { localUrls, serviceEnv } from './environment.js';
import { exportCommands, readyMessage, usage } from './messages.js';
import { startObservers } from './observe.js';
import {
  maxReplicas,
  observerParts,
  partsOfReplicas,
  planPorts,
  refuseBusyPorts,
  replicasOf,
  services,
  type Part,
  type Ports,
} from './ports.js';
import { startCardNetwork, startGateway, startMailCatcher, startServices, startWeb } from './processes.js';
import { allInTime, untilReady } from './readiness.js';
import { secureSystem } from './secure.js';
import { startServers } from './servers.js';
import { startInspect } from './start-inspect.js';
import { fail, isStopping, stopOnSignal, supervise } from './supervisor.js';

const say = (line: string): void => console.log(line);

const flag = { type: 'boolean', default: false } as const;
const flags = {
  fresh: flag,
  json: flag,
  observe: flag,
  demo: flag,
  secure: flag,
  replicas: { type: 'string' } as const,
  servers: flag,
  watch: flag,
  help: flag,
};

async function main(): Promise<void> {
  const args = process.argv.slice(2).map((arg) => (arg === '--replicas' ? '--replicas=2' : arg));
  const { values: options } = parseArgs({ options: flags, args });
  if (options.help) return say(usage);
  const replicas = replicasIn(options.replicas);
  const isReplicated = replicas !== undefined;
  const begin = performance.now();
  const data = process.env['TICKETING_DATA'] ?? join(root, '.data');
  // The data of a replica set of one member does not fit a set of three, nor the reverse.
  const stores = isReplicated ? join(data, 'replicas') : data;
  const localCards = !process.env['STRIPE_KEY'];
  const localMail = !process.env['SMTP_URL'];
  // With --secure, no process has the permissions of all services.
  const hasInspect = !options.secure;
  const ports = planPorts(process.env);
  await refuseBusyPorts(ports, neededParts({ ...options, replicas, localCards, localMail, hasInspect }));
  await claimData(data, options);

  const secure = options.secure ? secureSystem(data, process.env['NAMESPACE'] || 'ticketing') : undefined;
  if (localMail) startMailCatcher(data, ports);
  const servers = await startServers({ data: stores, ports, isReplicated, say, secure });
  const urls = { ...servers, ...localUrls(ports) };
  const env = serviceEnv(process.env, urls, join(data, 'secrets.json'), secure?.sessionKeys);
  if (localCards) startCardNetwork(stores, ports, env['STRIPE_WEBHOOK_SECRET']);
  if (options.servers) return say(exportCommands({ ...env, ...secure?.envOf('operator', urls) }));

  const observers = options.observe ? await observe(data, ports) : { urls: [], env: {} };
  const { watch, json } = options;
  const envOf = (name: string) => secure?.envOf(name, urls) ?? {};
  const onStart = hasInspect ? startInspect(ports, env) : undefined;
  const processes = { ports, replicas: replicas ?? 1 };
  startServices({ ...processes, env: { ...observers.env, ...env }, envOf, watch, json, say, onStart });
  startWeb({ ports, env, localCards, localMail, hasInspect, json, say });
  startGateway({ ...processes, env, hasInspect });
  await allInTime([
    ...services
      .flatMap((name) => replicasOf(name, processes.replicas))
      .map((part) => untilReady(ports[part])),
    untilReady(ports.web, '/healthz'),
    untilReady(ports.gateway, '/'),
    ...(localMail ? [untilReady(ports.inbox, '/api/healthz')] : []),
  ]);
  // Stopping also ends the wait.
  if (isStopping()) return;
  const ready = { ports, replicas, localCards, localMail, hasInspect, tools: observers.urls };
  say(readyMessage({ ...ready, afterMs: performance.now() - begin }));
  if (options.demo) say(await demo(urls.gateway, localCards));
}

/** The system runs on without it. */
const demo = (url: string, pays: boolean): Promise<string> =>
  fillDemo(url, { pays, now: new Date() }).catch(
    (error: Error) => `The demo is not complete: ${error.message}`,
  );

/** @throws Error unless the text is undefined or a number of processes */
function replicasIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]$/.test(text) || Number(text) > maxReplicas)
    throw new Error(`--replicas=${text} is not a number from 1 to ${maxReplicas}.`);
  return Number(text);
}

type Needs = Readonly<
  Record<'servers' | 'observe' | 'localCards' | 'localMail' | 'hasInspect', boolean> & {
    replicas: number | undefined;
  }
>;

function neededParts(needs: Needs): Part[] {
  const { servers, observe: observed, localCards, localMail, hasInspect, replicas } = needs;
  const ownServers = (['mongo', 'nats', 'redis'] as const).filter(
    (name) => !process.env[recipes[name].urlVariable],
  );
  const parts: Part[] = [...ownServers];
  if (localCards) parts.push('cards');
  if (localMail) parts.push('mail', 'inbox');
  if (replicas !== undefined) parts.push(...partsOfReplicas(servers ? 1 : replicas));
  if (servers) return parts;
  if (hasInspect) parts.push('inspect');
  return [...parts, ...(observed ? observerParts : []), 'gateway', 'web', ...services];
}

async function observe(data: string, ports: Ports) {
  const { children, urls, env } = await startObservers(data, ports, say);
  // The system runs on without them.
  for (const child of children) supervise(child, () => 'ignored');
  return { urls, env };
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopOnSignal);
process.on('uncaughtException', fail);
main().catch(fail);
