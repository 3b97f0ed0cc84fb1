// The supervised processes of the system: servers, card network and services.

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  busServer,
  leaderOf,
  memberNumbers,
  root,
  startChild,
  startMember,
  startOwnServer,
  untilClusterServes,
  type Child,
  type Clustered,
  type ClusterPlan,
} from '@ticketing/common/testing/servers';
import {
  stripeKey,
  workspaceOf,
  type Env,
  type Secrets,
  type ServerName,
  type ServiceName,
} from './environment.js';
import { supervise, type SupervisedProcess } from './supervised-process.js';

type Say = (line: string) => void;

export function superviseServer(
  name: ServerName,
  place: Readonly<{ port: number; dir: string; say: Say }>,
): Promise<SupervisedProcess> {
  const server = name === 'nats' ? busServer() : name;
  const start = async () => (await startOwnServer(server, place)).child;
  return supervise({ name, start });
}

/** The members of MongoDB or NATS as one process: each fault hits the member that leads. */
export async function superviseMembers(name: Clustered, plan: ClusterPlan): Promise<SupervisedProcess> {
  const members = await Promise.all(
    memberNumbers.map((number) =>
      supervise({ name: `${name} ${number}`, start: () => startMember(name, number, plan) }),
    ),
  );
  await untilClusterServes(name, plan);
  const leader = async (): Promise<SupervisedProcess> => {
    for (;;) {
      const number = await leaderOf(name, plan);
      if (number !== undefined) return members[number - 1] as SupervisedProcess;
      await delay(100);
    }
  };
  return {
    name,
    kill: async (beforeRestart) => (await leader()).kill(beforeRestart),
    suspend: async (milliseconds) => (await leader()).suspend(milliseconds),
    async up() {
      for (const member of members) await member.up();
      await untilClusterServes(name, plan);
    },
    uptimeMs: () => Math.min(...members.map((member) => member.uptimeMs())),
    exits: () => members.reduce((sum, member) => sum + member.exits(), 0),
    async stop() {
      await Promise.all(members.map((member) => member.stop()));
    },
  };
}

type CardNetwork = Readonly<{ port: number; dir: string; webhookUrl: string; secrets: Secrets }>;

export function superviseCardNetwork(options: CardNetwork): Promise<SupervisedProcess> {
  const { port, dir, webhookUrl, secrets } = options;
  const start = async () => {
    const child = startChild({
      name: 'cards',
      program: process.execPath,
      args: [join(root, 'tools', 'card-network', 'dist', 'main.js')],
      env: {
        ...process.env,
        PORT: `${port}`,
        CARDS_DATA: dir,
        CARDS_WEBHOOK_URL: webhookUrl,
        CARDS_WEBHOOK_SECRET: secrets.webhookSecret,
      },
    });
    await answering(child, port, '/ledger');
    return child;
  };
  return supervise({ name: 'cards', start });
}

/** Lets the account of the card network send its events to another URL. Returns the signing secret. */
export async function registerWebhook(port: number, url: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/webhook_endpoints`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stripeKey}` },
    body: new URLSearchParams({ url, 'enabled_events[0]': '*' }),
  });
  const { secret } = (await answer.json()) as { secret?: string };
  if (!secret) throw new Error(`the card network refused a webhook: ${answer.status}`);
  return secret;
}

type Service = Readonly<{
  port: number;
  env: Env;
  /** additional variables of each start: a fail point */
  startEnv: ((service: ServiceName) => Env) | undefined;
  /** the folder of the build that each start of a service runs; by default this one */
  buildOf: ((service: ServiceName) => string) | undefined;
  restartAfterMs: (() => number) | undefined;
  onLine: (line: string) => void;
  onExit: (reason: string) => void;
}>;

export function superviseService(name: ServiceName, options: Service): Promise<SupervisedProcess> {
  const { port, env, startEnv, buildOf = () => root, restartAfterMs, onLine, onExit } = options;
  const start = async () => {
    const child = startChild({
      name,
      program: process.execPath,
      args: [join(buildOf(name), workspaceOf(name), 'dist', 'main.js')],
      env: { ...process.env, ...env, ...startEnv?.(name), PORT: `${port}` },
      onLine,
    });
    await answering(child, port, '/healthz');
    return child;
  };
  return supervise({ name, start, onExit, ...(restartAfterMs && { restartAfterMs }) });
}

/** Resolves when the process answers; readiness is not required, because it depends on the servers. */
async function answering(child: Child, port: number, path: string): Promise<void> {
  for (;;) {
    if (child.process.exitCode !== null || child.process.signalCode !== null)
      throw new Error(`${child.name} ended: ${child.process.signalCode}\n${child.tail().join('\n')}`);
    const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(50);
  }
}

/** @throws Error unless the service at this port is ready */
export async function expectReady(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  if (!answer.ok) throw new Error(`not ready at port ${port}: ${await answer.text()}`);
}
