// The processes of `npm start` beside the servers: card network, mail catcher, services and gateway.

import { join } from 'node:path';
import { root, startChild } from '@ticketing/common/testing/servers';
import { formatLogLine } from './log-lines.js';
import { replicasOf, services, type Part, type Ports, type ServiceName } from './ports.js';
import { untilReady } from './readiness.js';
import type { OnStart } from './start-inspect.js';
import { supervise } from './supervisor.js';

export function startCardNetwork(data: string, ports: Ports, webhookSecret: string | undefined): void {
  const env = {
    ...process.env,
    PORT: `${ports.cards}`,
    // Some shells set HOST to the name of the machine.
    HOST: '127.0.0.1',
    CARDS_DATA: join(data, 'cards'),
    CARDS_WEBHOOK_URL: `http://127.0.0.1:${ports.gateway}/api/payments/webhook`,
    CARDS_WEBHOOK_SECRET: webhookSecret,
    CARDS_WEBHOOK_EVENTS:
      'payment_intent.succeeded,payment_intent.payment_failed,payment_intent.canceled,charge.refunded,refund.created,refund.updated,refund.failed,charge.dispute.created,charge.dispute.updated,charge.dispute.closed,charge.dispute.funds_withdrawn,charge.dispute.funds_reinstated',
  };
  const program = join(root, 'tools', 'card-network', 'dist', 'main.js');
  supervise(startChild({ name: 'cards', program: process.execPath, args: [program], env }), 'fatal');
}

/** Accepts the mails of this system and shows them in a browser. Nothing leaves the machine. */
export function startMailCatcher(data: string, ports: Ports): void {
  const args = [
    join(root, 'node_modules', 'maildev', 'dist', 'bin', 'maildev.js'),
    ...['--smtp', `${ports.mail}`, '--ip', '127.0.0.1', '--web', `${ports.inbox}`, '--web-ip', '127.0.0.1'],
    ...['--mail-directory', join(data, 'mails'), '--max-emails', '200', '--silent'],
  ];
  // No variable MAILDEV_… of the shell, which could forward the mails.
  supervise(startChild({ name: 'mail', program: process.execPath, args, env: {} }), 'fatal');
}

type ServiceOptions = Readonly<{
  ports: Ports;
  /** the processes of each service */
  replicas: number;
  env: NodeJS.ProcessEnv;
  /** variables of one service, over those of all */
  envOf: (service: ServiceName) => Readonly<Record<string, string | undefined>>;
  /** restart on source changes */
  watch: boolean;
  /** print log lines as JSON */
  json: boolean;
  say: (line: string) => void;
  /** told each start of the first process of a service */
  onStart?: OnStart | undefined;
}>;

export function startServices(options: ServiceOptions): void {
  for (const name of services)
    for (const [index, part] of replicasOf(name, options.replicas).entries())
      startService(name, part, { ...options, onStart: index === 0 ? options.onStart : undefined });
}

function startService(name: ServiceName, part: Part, options: ServiceOptions): void {
  const { ports, env, envOf, watch, json, say, onStart } = options;
  const traced = Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  const index = services.indexOf(name);
  const label = part.replace(/\d$/, '-$&');
  const command = {
    ...programOf(name, watch),
    name: label,
    cwd: join(root, name),
    // Only the gateway may be reached from elsewhere: the services trust its headers.
    env: {
      ...withoutKeysOfOthers(name, env),
      ...envOf(name),
      PORT: `${ports[part]}`,
      BIND_ADDRESS: '127.0.0.1',
    },
    onLine: (line: string) => say(json ? line : formatLogLine(label, index, { line, traced })),
  };
  let wasReady = false;
  const start = (): void => {
    const restart = () => setTimeout(start, 1_000);
    // Without an earlier readiness, exit code 1 is a configuration error, which a restart cannot repair.
    const mayBeMisconfigured = !wasReady;
    const child = startChild(command);
    supervise(child, (how) => (mayBeMisconfigured && how === 'exit code 1' ? 'fatal' : restart()));
    onStart?.(name, child);
    void untilReady(ports[part]).then(() => (wasReady = true));
  };
  start();
}

// Only auth signs sessions. notifications sends links that auth accepts.
const keyOwners: Readonly<Record<string, readonly ServiceName[]>> = {
  JWT_PRIVATE_KEY: ['auth'],
  ACCOUNT_LINK_KEY: ['auth', 'notifications'],
};

function withoutKeysOfOthers(service: ServiceName, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => keyOwners[name]?.includes(service) ?? true),
  );
}

function programOf(
  name: ServiceName,
  watch: boolean,
): Readonly<{ program: string; args: readonly string[] }> {
  if (!watch) return { program: process.execPath, args: [join(root, name, 'dist', 'main.js')] };
  const tsx = join(root, 'node_modules', '.bin', 'tsx');
  return { program: tsx, args: ['watch', '--conditions=source', 'src/main.ts'] };
}

type WebOptions = Readonly<{
  ports: Ports;
  env: NodeJS.ProcessEnv;
  localCards: boolean;
  localMail: boolean;
  hasInspect: boolean;
  json: boolean;
  say: (line: string) => void;
}>;

/** Serves the shop. */
export function startWeb({ ports, env, localCards, localMail, hasInspect, json, say }: WebOptions): void {
  const { STRIPE_PUBLISHABLE_KEY } = env;
  const settings = {
    PORT: `${ports.web}`,
    BIND_ADDRESS: '127.0.0.1',
    ...(localCards ? { CARDS_URL: `http://localhost:${ports.cards}` } : { STRIPE_PUBLISHABLE_KEY }),
    ...(localMail && { INBOX_URL: `http://localhost:${ports.inbox}` }),
    ...(hasInspect && { INSPECT_URL: '/inspect/api' }),
  };
  const program = join(root, 'web', 'dist', 'main.js');
  const onLine = (line: string) =>
    say(json ? line : formatLogLine('web', services.length, { line, traced: false }));
  const command = { name: 'web', program: process.execPath, args: [program], env: settings, onLine };
  supervise(startChild(command), 'fatal');
}

type GatewayOptions = Readonly<{
  ports: Ports;
  replicas: number;
  env: NodeJS.ProcessEnv;
  hasInspect: boolean;
}>;

/** Starts the gateway on `BIND_ADDRESS` of `env`, or for this machine only. */
export function startGateway({
  ports,
  replicas,
  env: { BIND_ADDRESS, TRUST_PROXY },
  hasInspect,
}: GatewayOptions): void {
  const urlOf = (part: Part) => `http://127.0.0.1:${ports[part]}`;
  const urls = [
    ...services.map((name) => [name, replicasOf(name, replicas).map(urlOf).join()] as const),
    ['web', urlOf('web')] as const,
    ...(hasInspect ? [['inspect', urlOf('inspect')] as const] : []),
  ].map(([name, addresses]) => [`${name.toUpperCase()}_URL`, addresses] as const);
  const settings = { PORT: `${ports.gateway}`, BIND_ADDRESS, TRUST_PROXY };
  const env = { ...process.env, INSPECT_URL: '', ...settings, ...Object.fromEntries(urls) };
  const program = join(__dirname, 'gateway.js');
  supervise(startChild({ name: 'gateway', program: process.execPath, args: [program], env }), 'fatal');
}
