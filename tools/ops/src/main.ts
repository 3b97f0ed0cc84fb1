// npm run ops: inspects and repairs the system on this machine or in a cluster.
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { urlOf, root } from '@ticketing/common/testing/servers';
import { localUrls, planPorts, secureSystem, serviceEnv } from '@ticketing/local';
import { operate } from './operate.js';
import { kubectlRunner, localRunner, type RunCommand } from './run-command.js';
import { usage, UsageError } from './usage.js';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kubectl: { type: 'boolean', default: false },
      namespace: { type: 'string' },
      by: { type: 'string' },
      reason: { type: 'string' },
      places: { type: 'string' },
      json: { type: 'boolean', default: false },
      secure: { type: 'boolean', default: false },
      restored: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || positionals.length === 0) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const runCommand = values.kubectl
    ? kubectlRunner(values.namespace, process.env)
    : thisMachine(values.secure);
  const flags = (['restored', 'json'] as const).filter((name) => values[name]).map((name) => `--${name}`);
  const { by = process.env['USER'] || userInfo().username, reason, places } = values;
  const named = places === undefined ? [] : [`--places=${places}`];
  return operate([...positionals, ...flags, ...named], { by, reason }, runCommand, console.log);
}

/** Finds the running system by the same variables as `npm start`. */
function thisMachine(isSecure: boolean): RunCommand {
  const ports = planPorts(process.env);
  const data = process.env['TICKETING_DATA'] ?? join(root, '.data');
  const urls = {
    mongo: urlOf('mongo', ports.mongo),
    nats: urlOf('nats', ports.nats),
    redis: urlOf('redis', ports.redis),
    ...localUrls(ports),
  };
  const secure = isSecure ? secureSystem(data, process.env['NAMESPACE'] || 'ticketing') : undefined;
  const env = serviceEnv(process.env, urls, join(data, 'secrets.json'), secure?.sessionKeys);
  return localRunner((service) => ({ ...env, ...secure?.envOf(service, urls) }));
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(error instanceof UsageError || error instanceof TypeError ? 2 : 1);
  },
);
