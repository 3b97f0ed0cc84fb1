// Production's MongoDB, NATS and Redis start from their manifests, with the Secrets of infra/secrets.mjs, and so do services
// on them. Each is one process on this machine: paths, hosts and ports are replaced.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as tcp } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { connect as tls } from 'node:tls';
import { driver, eventually } from '@ticketing/common/testing';
import {
  findProgram,
  freePort,
  listens,
  recipes,
  root,
  serving,
  startChild,
  type Child,
} from '@ticketing/common/testing/servers';
import { MongoClient } from 'mongodb';
import { redisAnswers } from '../../system/redis-answers.js';
import { makeSecretsIn, type Stored } from './made-secrets.js';
import { mainContainer, named, ofKind, type Manifest, type Workload } from './objects.js';
import { find, installingTakesMs } from './programs.js';
import { variablesOf } from './variables.js';
import { objectsIn, render, variant } from './variants.js';

let folder: string;
let objects: Manifest[];
let secrets: Stored;
const ports: Record<string, number> = {};
const children: Child[] = [];

const secretOf = (name: string, key: string) => {
  const value = secrets[name]?.data[key];
  return value === undefined ? undefined : atob(value);
};

/** Creates the files that a pod mounts. Returns a function that replaces their paths, our hosts and our ports. */
function mounted(workload: Workload): (text: string) => string {
  const { volumes = [], containers } = workload.spec.template.spec;
  const placeOf = (name: string) => join(folder, workload.metadata.name, name);
  const mounts = containers[0]?.volumeMounts ?? [];
  const paths = new RegExp(`(${mounts.map(({ mountPath }) => mountPath).join('|')})(?=[/\\s]|$)`, 'gm');
  const local = (text: string) =>
    text
      .replaceAll(paths, (path) => placeOf(mounts.find(({ mountPath }) => mountPath === path)?.name ?? ''))
      .replace(/orders-mongo-0\.[^/]+/, `127.0.0.1:${ports['mongo']}`)
      .replace('nats-srv:4222', `127.0.0.1:${ports['nats']}`)
      .replace('expiration-redis-srv:6379', `127.0.0.1:${ports['redis']}`);
  for (const { name } of mounts) {
    const place = placeOf(name);
    mkdirSync(place, { recursive: true });
    const volume = volumes.find((candidate) => candidate.name === name);
    const map = ofKind(objects, 'ConfigMap').find(
      ({ metadata }) => metadata.name === volume?.configMap?.name,
    );
    for (const [file, text] of Object.entries(map?.data ?? {}))
      writeFileSync(join(place, file), natsConfig(local(text)));
    const secret = volume?.secret?.secretName ?? '';
    for (const file of Object.keys(secrets[secret]?.data ?? {}))
      writeFileSync(join(place, file), secretOf(secret, file) ?? '', { mode: 0o440 });
  }
  return local;
}

// One server instead of three.
const natsConfig = (text: string) =>
  text
    .replace(/^cluster \{[^]*?^\}/m, '')
    .replace('port: 4222', `port: ${ports['nats']}\nhost: 127.0.0.1`)
    .replace('http_port: 8222', '');

function environmentOf(workload: Workload, local: (text: string) => string): Record<string, string> {
  const container = mainContainer(workload);
  const variables = [...variablesOf(container, workload, secretOf)].map(([name, value]) => [
    name,
    local(value),
  ]);
  const fromSecrets = (container.env ?? []).flatMap(({ name, valueFrom }) => {
    const ref = valueFrom?.secretKeyRef;
    const value = ref && secretOf(ref.name, ref.key);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries([...variables, ...fromSecrets]) as Record<string, string>;
}

async function startServer(name: string, recipe: keyof typeof recipes, port: number, more: string[] = []) {
  const workload = named(objects, 'StatefulSet', name);
  const local = mounted(workload);
  const { floor, floorWithSettings = floor } = recipes[recipe];
  const found = await findProgram([{ ...recipes[recipe], floor: floorWithSettings }], () => undefined);
  const { command = [], args = [] } = mainContainer(workload);
  const words = [...command, ...args].map((word) => (word === '6379' ? `${port}` : local(word)));
  // As in the image, the program is on PATH.
  const PATH = [dirname(found.path), process.env['PATH']].join(delimiter);
  const env = { ...environmentOf(workload, local), POD_NAME: 'nats-0', PATH };
  const child = startChild({ name, program: 'env', args: [...words, ...more], env });
  children.push(child);
  await serving(child, () => listens(port));
}

async function startService(name: string) {
  const workload = named(objects, 'Deployment', `${name}-depl`);
  const env = environmentOf(workload, mounted(workload));
  const port = await freePort();
  const program = join(root, name, 'dist', 'main.js');
  const own = { PORT: `${port}`, NATS_REPLICAS: '1' };
  children.push(startChild({ name, program: process.execPath, args: [program], env: { ...env, ...own } }));
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    return { status: answer.status, ...((await answer.json()) as object) };
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ticketing-pods-'));
  objects = objectsIn(render(await find('kustomize'), variant('prod')));
  secrets = makeSecretsIn(folder);
  for (const server of ['mongo', 'nats', 'redis']) ports[server] = await freePort();
  const { mongo = 0, nats = 0, redis = 0 } = ports;
  await startServer('orders-mongo', 'mongo', mongo, ['--port', `${mongo}`]);
  await startServer('nats', 'nats', nats);
  await startServer('expiration-redis', 'redis', redis);
}, installingTakesMs);
afterAll(async () => {
  for (const child of children.toReversed()) await child.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the readiness probe of the MongoDB of orders, and returns whether it succeeds. */
function isMongoReady(): boolean {
  const workload = named(objects, 'StatefulSet', 'orders-mongo');
  const [program = '', ...args] = mainContainer(workload).readinessProbe?.exec?.command ?? [];
  const local = mounted(workload);
  const words = args.map((word) => local(word).replaceAll('27017', `${ports['mongo']}`));
  return spawnSync(program, words, { timeout: 3_000 }).status === 0;
}

test('a MongoDB is not ready before it has a replica set, and takes the command that initiates it', async () => {
  expect(isMongoReady()).toBe(false);
  const orders = await startService('orders');
  await eventually(async () => expect(await orders()).toMatchObject({ status: 200 }), 60_000);
  await eventually(() => expect(isMongoReady()).toBe(true), 30_000);
});

test('orders makes its replica set and its user; orders and expiration use the bus and their stores', async () => {
  const [orders, expiration] = [await startService('orders'), await startService('expiration')];
  await eventually(async () => {
    expect(await orders()).toMatchObject({ status: 200, checks: { database: 'ok', bus: 'ok' } });
    expect(await expiration()).toMatchObject({ status: 200, checks: { redis: 'ok', bus: 'ok' } });
  }, 60_000);
});

test("MongoDB refuses a client without TLS, without a user, and with another service's password", async () => {
  const tlsCAFile = encodeURIComponent(join(folder, 'orders-depl', 'authority', 'ca.crt'));
  const countWith = async (user: string, options: string) => {
    const uri = `mongodb://${user}127.0.0.1:${ports['mongo']}/?directConnection=true&${options}`;
    const client = new MongoClient(uri, { ...(driver as object), serverSelectionTimeoutMS: 5_000 });
    try {
      return await client.db('ticketing-orders').collection('orders').countDocuments();
    } finally {
      await client.close();
    }
  };
  const secured = `authSource=admin&tls=true&tlsCAFile=${tlsCAFile}`;
  const passwordOf = (service: string) => secretOf('mongo-users', service);
  await expect(countWith(`orders:${passwordOf('orders')}@`, secured)).resolves.toBe(0);
  await expect(countWith('', '')).rejects.toThrow(/closed|reset|timed out/i);
  await expect(countWith('', secured.replace('authSource=admin&', ''))).rejects.toThrow(
    /requires authentication/,
  );
  await expect(countWith(`payments:${passwordOf('payments')}@`, secured)).rejects.toThrow(
    /Authentication failed/,
  );
});

test('Redis lets a client without a password only ask whether it answers, and none without TLS', async () => {
  const at = { host: '127.0.0.1', port: ports['redis'] ?? 0 };
  const ca = secretOf('server-authority', 'ca.crt');
  expect(await redisAnswers(tls({ ...at, ca }), 'PING', 'GET x')).toEqual([
    '+PONG',
    expect.stringMatching(/^-NOPERM/),
  ]);
  expect(await redisAnswers(tcp(at), 'PING')).toEqual([]);
});
