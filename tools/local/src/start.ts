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
  // With --secure, no process has the permissions of all services.
  const hasInspect = !options.secure;
  const ports = planPorts(process.env);
  await refuseBusyPorts(ports, neededParts({ ...options, localCards, localMail, hasInspect }));
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
  const onStart = hasInspect ? startInspect(ports, env) : undefined;
  startServices({ ports, env: { ...observers.env, ...env }, envOf, watch, json, say, onStart });
  startWeb({ ports, env, localCards, localMail, hasInspect, json, say });
  startGateway({ ports, env, hasInspect });
  await allInTime([
    ...services.map((name) => untilReady(ports[name])),
    untilReady(ports.web, '/healthz'),
    untilReady(ports.gateway, '/'),
    ...(localMail ? [untilReady(ports.inbox, '/api/healthz')] : []),
  ]);
  // Stopping also ends the wait.
  if (isStopping()) return;
  const ready = { ports, localCards, localMail, hasInspect, tools: observers.urls };
  say(readyMessage({ ...ready, afterMs: performance.now() - begin }));
  if (options.demo) say(await demo(urls.gateway, localCards));
}

/** The system runs on without it. */
const demo = (url: string, pays: boolean): Promise<string> =>
  fillDemo(url, { pays, now: new Date() }).catch(
    (error: Error) => `The demo is not complete: ${error.message}`,
  );

type Needs = Readonly<Record<'servers' | 'observe' | 'localCards' | 'localMail' | 'hasInspect', boolean>>;

function neededParts({ servers, observe: observed, localCards, localMail, hasInspect }: Needs): Part[] {
  const ownServers = (['mongo', 'nats', 'redis'] as const).filter(
    (name) => !process.env[recipes[name].urlVariable],
  );
  const parts: Part[] = [...ownServers];
  if (localCards) parts.push('cards');
  if (localMail) parts.push('mail', 'inbox');
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
