// npm run bench -- tracing: what all that stands before a read costs, and what its traces cost. The same read behind nothing
// but Express, by the system as it is, and by one that sends all its spans to a collector.

import { join } from 'node:path';
import { freePort, startChild, root } from '@ticketing/common/testing/servers';
import { startCollector } from '@ticketing/common/testing';
import { startSystem } from '../system/system.js';
import { targetOf } from './client.js';
import { aTicketOf } from './measures.js';
import { readInTurn, type Asked } from './side-by-side.js';

type Print = (line: string) => void;

export async function tracingCost(print: Print): Promise<void> {
  const collector = await startCollector();
  const stops: (() => Promise<unknown>)[] = [collector.stop];
  try {
    const asked: Asked[] = [];
    for (const [name, env] of [
      ['as it is, tracing off', {}],
      ['tracing on', { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }],
    ] as const) {
      const system = await startSystem(env);
      stops.push(() => system.stop());
      const url = await aTicketOf(targetOf(system));
      asked.push({ name, url });
      if (asked.length > 1) continue;
      const bare = await startBare(system.env, system.url('mongo'), system.jwtKey);
      stops.push(bare.stop);
      asked.unshift({
        name: 'bare: no middleware',
        url: url.replace(/:\d+\//, `:${bare.port}/`),
      });
    }
    await readInTurn(asked, print);
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

async function startBare(env: Readonly<Record<string, string>>, mongo: string, jwtKey: string) {
  const port = await freePort();
  let up: () => void = () => undefined;
  const isUp = new Promise<void>((resolve) => (up = resolve));
  const child = startChild({
    name: 'bare',
    program: join(root, 'node_modules', '.bin', 'tsx'),
    args: ['--conditions=source', join(root, 'tests', 'bench', 'bare.ts')],
    env: {
      ...process.env,
      ...env,
      PORT: `${port}`,
      MONGO_URI: `mongodb://${new URL(mongo).host}/?replicaSet=rs0`,
      NATS_URL: 'nats://127.0.0.1:9',
      JWT_KEY: jwtKey,
      LOG_LEVEL: 'fatal',
    },
    onLine: (line) => line === 'up' && up(),
  });
  await Promise.race([
    isUp,
    child.ended.then((how) => {
      throw new Error(`bare ended: ${how}\n${child.tail().join('\n')}`);
    }),
  ]);
  return { port, stop: () => child.stop() };
}
