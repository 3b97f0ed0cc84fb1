// One variable moves everything: PORT is the gateway's, the others follow it, and each can be set alone.

import { createServer } from 'node:net';

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
  'prometheus',
  'otlp',
  'traces',
  'grafana',
] as const;
export type Part = (typeof parts)[number];
export type Ports = Readonly<Record<Part, number>>;

const variableOf = (part: Part) => (part === 'gateway' ? 'PORT' : `${part.toUpperCase()}_PORT`);

/** @throws Error that names the variable which is no port */
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
    throw new Error(`${variable}=${text} is no port`);
  return port;
}

/** @throws Error that names every port which another program holds, who wants it, and how to move it */
export async function refuseBusyPorts(ports: Ports, wanted: readonly Part[]): Promise<void> {
  const busy: string[] = [];
  for (const part of wanted)
    if (!(await isFree(ports[part]))) busy.push(`${ports[part]} (${part}; ${variableOf(part)} moves it)`);
  if (busy.length > 0)
    throw new Error(
      `In use by another program: ${busy.join(', ')}. Stop it, or run beside it: PORT=${ports.gateway + 1_000} npm start`,
    );
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
