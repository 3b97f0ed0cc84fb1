// Real servers that are connected and refuse messages. The rules of it: refusals.test.ts.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { DependencyDown } from '../errors.js';
import { ExpirationComplete } from '../events/expiration.js';
import { toEnvelope } from '../events/event.js';
import { newId } from '../id.js';
import { eventually } from '../testing/index.js';
import { aBusEnv, aConnectedBus, anEvent, cleanUp, onCleanUp, type TestBus } from '../testing/buses.js';
import { findProgram, freePort, listens, recipes, serving, startChild } from '../testing/servers/index.js';
import { jobCause } from '../observability/trace.js';

afterEach(cleanUp);

/** Starts a server with a configuration of its own. Returns its URL. */
async function aServerWith(
  name: 'nats' | 'nats-streaming',
  argsFor: (port: number, dir: string) => Promise<string[]>,
): Promise<string> {
  const found = await findProgram([recipes[name]], () => undefined);
  const [port, dir] = [await freePort(), await mkdtemp(join(tmpdir(), 'ticketing-full-'))];
  const args = await argsFor(port, dir);
  const child = startChild({ name, program: found.path, args, env: {} });
  onCleanUp(async () => {
    await child.stop(0);
    await rm(dir, { recursive: true, force: true });
  });
  await serving(child, () => listens(port));
  return `nats://127.0.0.1:${port}`;
}

const natsWith = (settings: string) =>
  aServerWith('nats', async (port, dir) => {
    const file = join(dir, 'nats.conf');
    await mkdir(join(dir, 'store'));
    await writeFile(file, `host: 127.0.0.1\nport: ${port}\n${settings.replace('DIR', join(dir, 'store'))}`);
    return ['-c', file];
  });

// The account's limit must leave room for the stream itself.
const limitedAccount = `
  jetstream { store_dir: "DIR" }
  accounts { shop { jetstream { max_file: 200kB, max_memory: 0 }, users: [{ user: ann, password: hunter2 }] } }
  no_auth_user: ann`;

/** Publishes large events until the bus refuses one. */
async function fill(bus: TestBus): Promise<void> {
  for (let count = 0; bus.refusal() === undefined; count += 1) {
    if (count > 2_000) throw new Error('the bus is never full');
    await bus.publish({ ...anEvent(), data: 'x'.repeat(10_000) }).catch(() => undefined);
  }
}

async function purge({ url, namespace }: { url: string; namespace: string }): Promise<void> {
  const nats = await connect({ servers: url });
  await (await jetstreamManager(nats, { checkAPI: false })).streams.purge(namespace.toUpperCase());
  await nats.drain();
}

describe('a JetStream at the limit of its storage', () => {
  const limits: [what: string, settings: string, reason: RegExp][] = [
    ['server', 'jetstream { store_dir: "DIR", max_file_store: 200kB }', /resources|space|exceeded/i],
    ['account', limitedAccount, /resource limits exceeded/],
  ];
  test.each(limits)(
    'by its %s is connected and refuses, until there is space',
    async (_what, settings, reason) => {
      const env = aBusEnv('jetstream', { NATS_URL: await natsWith(settings) });
      const bus = await aConnectedBus(env);
      await bus.publish(anEvent());
      await fill(bus);
      expect(bus.refusal()).toMatch(reason);
      expect([typeof bus.connectedSince(), bus.storesForMs()]).toEqual(['number', undefined]);
      await expect(bus.publish({ ...anEvent(), data: 'x'.repeat(10_000) })).rejects.toThrow(DependencyDown);

      await purge({ url: env['NATS_URL'] ?? '', namespace: env['NAMESPACE'] ?? '' });
      await eventually(() => bus.publish(anEvent()));
      expect(bus.refusal()).toBeUndefined();
      expect(bus.storesForMs()).toBeGreaterThanOrEqual(0);
    },
  );
});

test('a user without permission to publish one type of event is refused, and knows which', async () => {
  const permissions = '{ publish: { deny: "*.ticket.>" } }';
  const url = await natsWith(
    `jetstream { store_dir: "DIR" }
     authorization { users: [{ user: ann, password: hunter2, permissions: ${permissions} }] }
     no_auth_user: ann`,
  );
  const bus = await aConnectedBus(aBusEnv('jetstream', { NATS_URL: url }));
  await bus.publish(anEvent());
  await expect(bus.publish({ ...anEvent(), type: 'ticket:created' })).rejects.toThrow(DependencyDown);
  expect(bus.refusal()).toMatch(/permission/i);
});

test('a NATS Streaming at the limit of its channels refuses a new type, until the server has room', async () => {
  const url = await aServerWith('nats-streaming', async (port, dir) => [
    ...['--addr', '127.0.0.1', '--port', `${port}`, '--cluster_id', 'ticketing'],
    ...['--store', 'FILE', '--dir', dir, '--max_channels', '1'],
  ]);
  const bus = await aConnectedBus(aBusEnv('nats-streaming', { NATS_URL: url }));
  await bus.publish(anEvent());
  const other = toEnvelope(ExpirationComplete({ orderId: newId() }), jobCause('test'), new Date());
  await expect(bus.publish({ ...other, type: 'order:created' })).rejects.toThrow(DependencyDown);
  expect([bus.refusal(), bus.storesForMs()]).toEqual([expect.stringMatching(/channels/), undefined]);
});
