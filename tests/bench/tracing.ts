// npm run bench -- tracing: the cost of the middleware and of traces. Compares the same read on Express alone, in the
// system with tracing off, and in a system that exports all spans to a collector.

import { join } from 'node:path';
import { freePort, startChild, root } from '@ticketing/common/testing/servers';
import { startCollector } from '@ticketing/common/testing';
import { startSystem } from '../system/system.js';
import { targetOf } from './client.js';
import { newTicketUrl } from './measures.js';
import { measureInTurn, type Variant } from './side-by-side.js';

type Print = (line: string) => void;

export async function tracingCost(print: Print): Promise<void> {
  const collector = await startCollector();
  const stops: (() => Promise<unknown>)[] = [collector.stop];
  try {
    const variants: Variant[] = [];
    for (const [name, env] of [
      ['tracing off', {}],
      ['tracing on', { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }],
    ] as const) {
      const system = await startSystem(env);
      stops.push(() => system.stop());
      const url = await newTicketUrl(targetOf(system));
      variants.push({ name, url });
      if (variants.length > 1) continue;
      const bare = await startBare(system.env, system.serversOf('tickets')['MONGO_URI'], system.jwtKey);
      stops.push(bare.stop);
      variants.unshift({
        name: 'bare: no middleware',
        url: url.replace(/:\d+\//, `:${bare.port}/`),
      });
    }
    await measureInTurn(variants, print);
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

async function startBare(
  env: Readonly<Record<string, string>>,
  MONGO_URI: string | undefined,
  jwtKey: string,
) {
  const port = await freePort();
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const child = startChild({
    name: 'bare',
    program: join(root, 'node_modules', '.bin', 'tsx'),
    args: ['--conditions=source', join(root, 'tests', 'bench', 'bare.ts')],
    env: {
      ...process.env,
      ...env,
      PORT: `${port}`,
      MONGO_URI,
      NATS_URL: 'nats://127.0.0.1:9',
      JWT_KEY: jwtKey,
      LOG_LEVEL: 'fatal',
    },
    onLine: (line) => line === 'up' && ready(),
  });
  await Promise.race([
    isReady,
    child.ended.then((how) => {
      throw new Error(`bare ended: ${how}\n${child.tail().join('\n')}`);
    }),
  ]);
  return { port, stop: () => child.stop() };
}
