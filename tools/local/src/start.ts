// node tools/local/dist/start.js: starts the whole system on one machine. The servers come first, then the card network,
// the services and the gateway. The mail catcher starts beside the servers. No child outlives this process.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { recipes, root } from '@ticketing/common/testing/servers';
import { claimData } from './data-folder.js';
import { localUrls, serviceEnv } from './environment.js';
import { exportCommands, readyMessage, usage } from './messages.js';
import { startObservers } from './observe.js';
import { observerParts, planPorts, refuseBusyPorts, services, type Part, type Ports } from './ports.js';
import {
  startCardNetwork,
  startGateway,
  startMailCatcher,
  startServers,
  startServices,
  startWeb,
} from './processes.js';
import { allInTime, untilReady } from './readiness.js';
import { secureSystem } from './secure.js';
import { fail, isStopping, stopOnSignal, supervise } from './supervisor.js';

const say = (line: string): void => console.log(line);

const flag = { type: 'boolean', default: false } as const;
const flags = {
  fresh: flag,
  json: flag,
  observe: flag,
  secure: flag,
  servers: flag,
  watch: flag,
  help: flag,
};

async function main(): Promise<void> {
  const { values: options } = parseArgs({ options: flags });
  if (options.help) return say(usage);
  const begin = performance.now();
  const data = process.env['TICKETING_DATA'] ?? join(root, '.data');
  const localCards = !process.env['STRIPE_KEY'];
  const localMail = !process.env['SMTP_URL'];
  const ports = planPorts(process.env);
  await refuseBusyPorts(ports, neededParts({ ...options, localCards, localMail }));
  await claimData(data, options);

  const secure = options.secure ? secureSystem(data, process.env['NAMESPACE'] || 'ticketing') : undefined;
  if (localMail) startMailCatcher(data, ports);
  const urls = { ...(await startServers(data, ports, say, secure)), ...localUrls(ports) };
  const env = serviceEnv(process.env, urls, join(data, 'secrets.json'));
  if (localCards) startCardNetwork(data, ports, env['STRIPE_WEBHOOK_SECRET']);
  if (options.servers) return say(exportCommands({ ...env, ...secure?.envOf('operator', urls) }));

  const observers = options.observe ? await observe(data, ports) : { urls: [], env: {} };
  const { watch, json } = options;
  const envOf = (name: string) => secure?.envOf(name, urls) ?? {};
  startServices({ ports, env: { ...observers.env, ...env }, envOf, watch, json, say });
  startWeb({ ports, env, localCards, localMail });
  startGateway(ports, env);
  await allInTime([
    ...services.map((name) => untilReady(ports[name])),
    untilReady(ports.web, '/healthz'),
    untilReady(ports.gateway, '/'),
    ...(localMail ? [untilReady(ports.inbox, '/api/healthz')] : []),
  ]);
  // Stopping also ends the wait.
  if (isStopping()) return;
  say(
    readyMessage({ ports, localCards, localMail, afterMs: performance.now() - begin, tools: observers.urls }),
  );
}

type Needs = Readonly<{ servers: boolean; observe: boolean; localCards: boolean; localMail: boolean }>;

function neededParts({ servers, observe: observed, localCards, localMail }: Needs): Part[] {
  const ownServers = (['mongo', 'nats', 'redis'] as const).filter(
    (name) => !process.env[recipes[name].urlVariable],
  );
  const parts: Part[] = [...ownServers];
  if (localCards) parts.push('cards');
  if (localMail) parts.push('mail', 'inbox');
  if (servers) return parts;
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
