// npm run ops: repairs and comparisons, on this machine's system or in a cluster.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { urlOf, root } from '@ticketing/common/testing/servers';
import { serviceEnv, planPorts } from '@ticketing/local';
import { operate, usage, UsageError } from './operations.js';
import { byKubectl, onThisMachine, type Reach } from './reach.js';

function thisMachine(): Reach {
  const ports = planPorts(process.env);
  const data = process.env['TICKETING_DATA'] ?? join(root, '.data');
  const urls = {
    mongo: urlOf('mongo', ports.mongo),
    nats: urlOf('nats', ports.nats),
    redis: urlOf('redis', ports.redis),
    cards: `http://127.0.0.1:${ports.cards}`,
  };
  return onThisMachine(serviceEnv(process.env, urls, join(data, 'secrets.json')));
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kubectl: { type: 'boolean', default: false },
      namespace: { type: 'string' },
      json: { type: 'boolean', default: false },
      restored: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || positionals.length === 0) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const reach = values.kubectl ? byKubectl(values.namespace, process.env) : thisMachine();
  const options = (['restored', 'json'] as const).filter((name) => values[name]).map((name) => `--${name}`);
  const words = [...positionals, ...options];
  return operate(words, reach, console.log);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(error instanceof UsageError || error instanceof TypeError ? 2 : 1);
  },
);
