// The ports of the local system. PORT is the gateway's; the others follow it. Each has a variable of its own.

import { createServer } from 'node:net';

export type ServiceName = (typeof services)[number];
export const services = ['auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'] as const;
/** With --replicas, each service has up to this many processes. */
export const maxReplicas = 4;
const replicaNumbers = [2, 3, 4] as const;
export const observerParts = ['prometheus', 'otlp', 'traces', 'grafana'] as const;

// The further members of MongoDB and NATS, and the ports by which the NATS servers reach each other.
const memberParts = ['mongo2', 'mongo3', 'nats2', 'nats3', 'routes1', 'routes2', 'routes3'] as const;

// The order gives each part its offset from PORT. A new part comes last, so that no address changes.
export const parts = [
  'gateway',
  'auth',
  'tickets',
  'orders',
  'expiration',
  'payments',
  'cards',
  'mongo',
  'nats',
  'redis',
  ...observerParts,
  'notifications',
  'mail',
  'inbox',
  'web',
  'inspect',
  ...memberParts,
  ...services.flatMap((name) => replicaNumbers.map((number) => `${name}${number}` as const)),
] as const;
export type Part = (typeof parts)[number];
export type Ports = Readonly<Record<Part, number>>;

const variableOf = (part: Part) => (part === 'gateway' ? 'PORT' : `${part.toUpperCase()}_PORT`);

/** @throws Error that names a variable whose value is not a port */
export function planPorts(env: Readonly<Record<string, string | undefined>>): Ports {
  const base = portIn(env, 'PORT') ?? 8080;
  const plan = parts.map((part, index) => [part, portIn(env, variableOf(part)) ?? base + index] as const);
  return Object.fromEntries(plan) as Record<Part, number>;
}

function portIn(env: Readonly<Record<string, string | undefined>>, variable: string): number | undefined {
  const text = env[variable];
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535 - parts.length)
    throw new Error(`${variable}=${text} is not a port.`);
  return port;
}

/** @throws Error that lists the busy ports, each with its part and the variable that moves it */
export async function refuseBusyPorts(ports: Ports, needed: readonly Part[]): Promise<void> {
  const busy: string[] = [];
  for (const part of needed)
    if (!(await isFree(ports[part]))) busy.push(`${ports[part]} (${part}; ${variableOf(part)} moves it)`);
  if (busy.length > 0)
    throw new Error(
      `Ports in use by another program: ${busy.join(', ')}. Stop it, or choose other ports: PORT=${ports.gateway + 1_000} npm start`,
    );
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** The ports of the first `count` processes of a service. */
export function replicasOf(name: ServiceName, count: number): Part[] {
  const further = replicaNumbers.filter((number) => number <= count);
  return [name, ...further.map((number) => `${name}${number}` as const)];
}

/** The further ports of a system with `count` processes of each service. */
export const partsOfReplicas = (count: number): readonly Part[] => [
  ...memberParts,
  ...services.flatMap((name) => replicasOf(name, count).slice(1)),
];

/** The ports of the members of MongoDB or NATS. */
export const memberPorts = (name: 'mongo' | 'nats' | 'routes', ports: Ports) =>
  name === 'routes'
    ? ([ports.routes1, ports.routes2, ports.routes3] as const)
    : ([ports[name], ports[`${name}2`], ports[`${name}3`]] as const);
