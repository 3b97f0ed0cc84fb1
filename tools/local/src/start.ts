// node tools/local/dist/start.js: the whole system on one machine. Servers first, then the card network, the services and the
// gateway; ready when every service says so. Whatever happens to this process, nothing it started stays behind.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  startChild,
  type Child,
  recipes,
  busServer,
  startServer,
  type ServerName,
  root,
} from '@ticketing/common/testing/servers';
import { serviceEnv } from './environment.js';
import { readable } from './log-lines.js';
import { observerParts, startObservers } from './observe.js';
import { planPorts, refuseBusyPorts, type Part, type Ports } from './ports.js';

const services = ['auth', 'tickets', 'orders', 'expiration', 'payments'] as const;
const serverNames = ['mongo', 'nats', 'redis'] as const;
const readyWithinMs = 60_000;

const usage = `npm start                 the whole system on http://localhost:8080 (PORT moves everything)
npm start -- --fresh      forgets the data of earlier runs first
npm start -- --observe    with Prometheus, a trace viewer and Grafana, as far as they can be had
npm start -- --json       logs as the services write them
npm start -- --servers    only the databases, the bus and the card network
npm run dev               the same as npm start; services restart when their sources change`;

type Options = Readonly<{
  fresh: boolean;
  json: boolean;
  observe: boolean;
  servers: boolean;
  watch: boolean;
}>;

const children: Child[] = [];
let stopping: Promise<void> | undefined;

function say(line: string): void {
  console.log(line);
}

async function stopAll(code: number): Promise<void> {
  stopping ??= (async () => {
    // The reverse of how they were started: nobody loses what they still need.
    for (const child of children.toReversed()) await child.stop();
    process.exit(code);
  })();
  return stopping;
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  void stopAll(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      fresh: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      observe: { type: 'boolean', default: false },
      servers: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(usage);
  const begin = performance.now();
  const data = process.env['TICKETING_DATA'] ?? join(root, '.data');
  const ports = planPorts(process.env);
  await refuseBusyPorts(ports, portsToTake(values));
  if (values.fresh) await rm(data, { recursive: true, force: true });

  const [mongo, nats, redis] = await startServers(data, ports);
  const cards = `http://127.0.0.1:${ports.cards}`;
  const env = serviceEnv(process.env, { mongo, nats, redis, cards }, join(data, 'secrets.json'));
  const local = !process.env['STRIPE_KEY'];
  if (local) startCards(data, ports, env['STRIPE_WEBHOOK_SECRET']);
  if (values.servers) return say(exportsOf(env));
  const observed = values.observe ? await observe(data, ports) : { urls: [], env: {} };
  for (const [index, name] of services.entries())
    startService(name, index, { ...observed.env, ...env }, ports, values);
  startGateway(ports);
  await everyoneReady(ports);
  // Who is stopping waits for nobody.
  if (!stopping) say(readyMessage(ports, local, performance.now() - begin, observed.urls));
}

async function observe(data: string, ports: Ports) {
  const { children: started, urls, env } = await startObservers(data, ports, say);
  // The system does without them.
  for (const child of started) watchOver(child, () => 'done');
  return { urls, env };
}

function portsToTake({ servers, observe: observed }: Options): Part[] {
  const own = serverNames.filter((name) => !process.env[recipes[name].urlVariable]);
  const cards = process.env['STRIPE_KEY'] ? [] : (['cards'] as const);
  const shown = observed && !servers ? observerParts : [];
  return [...own, ...cards, ...shown, ...(servers ? [] : (['gateway', ...services] as const))];
}

async function startServers(data: string, ports: Ports): Promise<[string, string, string]> {
  const start = async (name: ServerName, port: number) => {
    const server = await startServer(name, { port, dir: join(data, name), say });
    if (server.child) watchOver(server.child, 'fatal');
    return server.url;
  };
  // One after the other: the first that cannot be had ends the start, and its message should be the last.
  return [
    await start('mongo', ports.mongo),
    await start(busServer(), ports.nats),
    await start('redis', ports.redis),
  ];
}

function startCards(data: string, ports: Ports, secret: string | undefined): void {
  const env = {
    ...process.env,
    PORT: `${ports.cards}`,
    CARDS_DATA: join(data, 'cards'),
    CARDS_WEBHOOK_URL: `http://127.0.0.1:${ports.gateway}/api/payments/webhook`,
    CARDS_WEBHOOK_SECRET: secret,
  };
  const child = startChild({
    name: 'cards',
    program: process.execPath,
    args: [join(root, 'tools', 'card-network', 'dist', 'main.js')],
    env,
  });
  watchOver(child, 'fatal');
}

function startService(
  name: (typeof services)[number],
  index: number,
  env: NodeJS.ProcessEnv,
  ports: Ports,
  options: Options,
): void {
  const command = options.watch
    ? {
        program: join(root, 'node_modules', '.bin', 'tsx'),
        args: ['watch', '--conditions=source', 'src/main.ts'],
      }
    : { program: process.execPath, args: [join(root, name, 'dist', 'main.js')] };
  const traced = Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  const onLine = (line: string) => say(options.json ? line : readable(name, index, { line, traced }));
  const cwd = join(root, name);
  let wasReady = false;
  const start = (): void => {
    const child = startChild({ name, ...command, cwd, env: { ...env, PORT: `${ports[name]}` }, onLine });
    const again = () => setTimeout(start, 1_000);
    watchOver(child, wasReady ? again : (how) => (how === 'exit code 1' ? 'fatal' : again()));
    void isReady(ports[name]).then(() => (wasReady = true));
  };
  start();
}

function startGateway(ports: Ports): void {
  const urls = services.map(
    (name) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${ports[name]}`] as const,
  );
  const env = { ...process.env, PORT: `${ports.gateway}`, ...Object.fromEntries(urls) };
  watchOver(
    startChild({ name: 'gateway', program: process.execPath, args: [join(__dirname, 'gateway.js')], env }),
    'fatal',
  );
}

type OnEnd = 'fatal' | ((how: string) => unknown);

/** Names whoever ends without having been asked to. */
function watchOver(child: Child, onEnd: OnEnd): void {
  children.push(child);
  void child.ended.then((how) => {
    children.splice(children.indexOf(child), 1);
    if (stopping) return;
    console.error(`${child.name} has ended: ${how}`);
    const verdict = onEnd === 'fatal' ? 'fatal' : onEnd(how);
    if (verdict === 'fatal')
      fail(new Error([`The last lines of ${child.name}:`, ...child.tail()].join('\n')));
  });
}

async function everyoneReady(ports: Ports): Promise<void> {
  const late = delay(readyWithinMs, 'late' as const, { ref: false });
  const all = Promise.all([...services.map((name) => isReady(ports[name])), isReady(ports.gateway, '/')]);
  if ((await Promise.race([all, late])) === 'late')
    throw new Error(`not everything is ready after ${readyWithinMs / 1_000} s`);
}

async function isReady(port: number, path = '/readyz'): Promise<void> {
  while (!stopping) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(100);
  }
}

function exportsOf(env: Record<string, string | undefined>): string {
  const names = [
    'MONGO_URI',
    'EVENT_BUS',
    'NATS_URL',
    'REDIS_URL',
    'JWT_KEY',
    'STRIPE_KEY',
    'STRIPE_API_BASE',
    'STRIPE_WEBHOOK_SECRET',
  ];
  return names
    .filter((name) => env[name])
    .map((name) => `export ${name}='${env[name]}'`)
    .join('\n');
}

function readyMessage(
  ports: Ports,
  local: boolean,
  milliseconds: number,
  observers: readonly string[],
): string {
  const cards = `  cards        tok_visa, tok_chargeDeclined, tok_chargeDeclinedInsufficientFunds, tok_threeDSecure2Required,
               tok_slow, tok_500AfterSuccess, tok_lostAnswer (the same as pm_card_…)
  ledger       http://localhost:${ports.cards}/ledger`;
  return `
Ticketing is ready after ${(milliseconds / 1_000).toFixed(1)} s
  API          http://localhost:${ports.gateway}/api/tickets
${[local ? cards : '  cards        Stripe, by STRIPE_KEY', ...observers].join('\n')}
  stop         Ctrl-C (the data stays; npm start -- --fresh forgets it)
`;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stopAll(0));
process.on('uncaughtException', fail);
main().catch(fail);
