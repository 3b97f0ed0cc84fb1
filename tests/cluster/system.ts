// Deploys the system to the cluster, and opens its stores and its bus for inspection.

import { root } from '@ticketing/common/testing/servers';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { System } from '../chaos/snapshot.js';
import { kubectlRunner } from '@ticketing/ops';
import { MongoClient } from 'mongodb';
import { parseAllDocuments } from 'yaml';
import { eventuallyEquals } from './journeys.js';
import {
  currentNamespace,
  forward,
  inside,
  json,
  kubectl,
  names,
  rolledOut,
  type Forward,
} from './kubectl.js';

export const services = ['auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'] as const;
/** Each has a Deployment. */
export const deployables = [...services, 'web'] as const;
export const withDatabase = ['auth', 'tickets', 'orders', 'payments', 'notifications'] as const;
export const overlays = ['dev', 'prod', 'nats-streaming', 'staging'] as const;
export type Overlay = (typeof overlays)[number];

export type Images = Readonly<{ registry: string; tag: string }>;

const folderOf = (overlay: Overlay) => join(root, 'tests', 'cluster', 'overlays', overlay);

/** The manifests of `overlay`, with the given images. */
export async function rendered(overlay: Overlay, { registry, tag }: Images): Promise<string> {
  const { out } = await kubectl(['kustomize', folderOf(overlay)]);
  return out.replaceAll(/image: ticketing\/(\w+):\S+/g, `image: ${registry}ticketing/$1:${tag}`);
}

/** The namespace and the host of an overlay. */
export function placeOf(manifests: string): { namespace: string; host: string } {
  type Found = { kind: string; metadata: { namespace?: string }; spec: { rules: { host: string }[] } };
  const objects = parseAllDocuments(manifests).map((document) => document.toJS() as Found);
  const ingress = objects.find(({ kind }) => kind === 'Ingress');
  const namespace = ingress?.metadata.namespace;
  const host = ingress?.spec.rules[0]?.host;
  if (!namespace || !host) throw new Error('The overlay has no namespace or no Ingress.');
  return { namespace, host };
}

export async function makeSecrets(overlay: Overlay): Promise<void> {
  const program = join(root, 'infra', 'secrets.mjs');
  await promisify(execFile)(process.execPath, [program, '--overlay', folderOf(overlay), '--certificate']);
}

/** Applies manifests and returns the server's warnings. */
export async function apply(manifests: string): Promise<string[]> {
  const { err } = await kubectl(['apply', '-f', '-'], { input: manifests });
  return err.split('\n').filter((line) => line !== '');
}

type Pod = {
  metadata: { deletionTimestamp?: string };
  status: { conditions?: { type: string; status: string }[] };
};

/** Waits until every pod is ready and none is terminating. */
export async function everythingReady(): Promise<void> {
  for (const name of [...(await names('statefulsets')), ...(await names('deployments'))])
    await rolledOut(name);
  // A controller's status may lag behind its pods.
  await eventuallyEquals(
    true,
    async () => {
      const { items } = await json<{ items: Pod[] }>('get', 'pods');
      const isReady = ({ status }: Pod) =>
        status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
      return items.every((pod) => !pod.metadata.deletionTimestamp && isReady(pod));
    },
    300_000,
  );
}

/**
 * Creates a volume for each claim in `folder` of this machine, for a cluster with this machine as its node and without a
 * provisioner. Unbound volumes are emptied. The volumes of a cluster are named by the namespace that uses them.
 */
export async function makeVolumes(folder: string, manifests: string): Promise<void> {
  type Workload = { spec?: { replicas?: number; volumeClaimTemplates?: unknown[] } };
  const count = parseAllDocuments(manifests)
    .map((document) => document.toJS() as Workload)
    .reduce((sum, { spec }) => sum + (spec?.volumeClaimTemplates ? (spec.replicas ?? 1) : 0), 0);
  const { out } = await kubectl(['get', 'persistentvolumes', '-o', 'json']);
  const { items } = JSON.parse(out) as { items: { metadata: { name: string }; status: { phase: string } }[] };
  const bound = items.filter(({ status }) => status.phase === 'Bound').map(({ metadata }) => metadata.name);
  const wanted = Array.from({ length: count }, (_, index) => `${placeOf(manifests).namespace}-test-${index}`);
  for (const name of wanted.filter((volume) => !bound.includes(volume))) {
    const path = join(folder, name);
    await kubectl(['delete', 'persistentvolume', name, '--ignore-not-found']);
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
    await chmod(path, 0o777);
    const volume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        capacity: { storage: '20Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'standard',
        hostPath: { path },
      },
    };
    await kubectl(['create', '-f', '-'], { input: JSON.stringify(volume) });
  }
}

export async function secret(name: string, key: string): Promise<string> {
  const { data } = await json<{ data: Record<string, string> }>('get', 'secret', name);
  return Buffer.from(data[key] ?? '', 'base64').toString();
}

/** Whether the overlay has the component `authenticated`. */
const isAuthenticated = async () =>
  (await inside('get', 'deployment/auth-depl', '-o', 'jsonpath={..env[*].name}')).includes('JWT_PRIVATE_KEY');

/** The keys by which auth signs sessions in this cluster. */
export async function signingKeys() {
  if (!(await isAuthenticated())) return { JWT_KEY: await secret('jwt-secret', 'JWT_KEY') };
  return {
    JWT_PRIVATE_KEY: await secret('session-private-key', 'JWT_PRIVATE_KEY'),
    JWT_PUBLIC_KEYS: await secret('session-public-keys', 'JWT_PUBLIC_KEYS'),
  };
}

/** The alarms and fatal errors in the logs of the current pods of the services and the shop. */
export async function alarms(): Promise<string[]> {
  const found: string[] = [];
  for (const pod of await names('pods', 'tier in (service, web)'))
    for (const life of [[], ['--previous']]) {
      const log = await inside('logs', pod, ...life).catch(() => '');
      found.push(
        ...log
          .split('\n')
          .filter((line) => line.includes('"alarm":true') || line.includes('"level":"fatal"')),
      );
    }
  return found;
}

/** Forwards the ports of the stores, the bus and the card network while `use` runs. */
export async function inspectStores<T>(
  alarmsBefore: readonly string[],
  use: (system: System) => Promise<T>,
): Promise<T> {
  const open: Forward[] = [];
  const openPort = async (to: string, port: number) => {
    const opened = await forward(to, port);
    open.push(opened);
    return opened.port;
  };
  const folder = await mkdtemp(join(tmpdir(), 'ticketing-authority-'));
  try {
    const stores = new Map<string, string>();
    const caFile = (await isAuthenticated()) ? join(folder, 'ca.crt') : undefined;
    if (caFile) await writeFile(caFile, await secret('server-authority', 'ca.crt'));
    for (const service of withDatabase) stores.set(service, await primaryOf(service, openPort, caFile));
    const natsPort = await openPort('pod/nats-0', 4222);
    const cardsPort = await openPort('pod/cards-0', 8086);
    const out = await inside('get', 'deployment', 'orders-depl', '-o', 'jsonpath={..env}');
    const bus = out.includes('nats-streaming') ? 'nats-streaming' : 'jetstream';
    return await use({
      storeOf: (service) => stores.get(service) ?? '',
      busEnv: {
        ...(await operatorOfBus(natsPort, bus === 'jetstream' ? caFile : undefined)),
        EVENT_BUS: bus,
        NATS_REPLICAS: /NATS_REPLICAS","value":"(\d)/.exec(out)?.[1],
        JWT_KEY: await secret('jwt-secret', 'JWT_KEY'),
      },
      cardsUrl: `http://127.0.0.1:${cardsPort}`,
      reach: kubectlRunner(currentNamespace(), process.env),
      alarms: [...alarmsBefore, ...(await alarms())],
      allUp: everythingReady,
    });
  } finally {
    for (const { stop } of open) stop();
    await rm(folder, { recursive: true });
  }
}

async function operatorOfBus(port: number, caFile: string | undefined) {
  if (!caFile) return { NATS_URL: `nats://127.0.0.1:${port}` };
  const password = await secret('nats-users', 'operator');
  return { NATS_URL: `tls://operator@127.0.0.1:${port}`, NATS_PASSWORD: password, NATS_CA: caFile };
}

async function primaryOf(
  service: string,
  openPort: (to: string, port: number) => Promise<number>,
  caFile: string | undefined,
): Promise<string> {
  // As a member of the set, who may read every database.
  const user = caFile ? `__system:${await secret(`${service}-mongo-server`, 'set.key')}@` : '';
  const options = caFile ? `&authSource=local&tls=true&tlsCAFile=${encodeURIComponent(caFile)}` : '';
  for (const pod of await names('pods', `app=${service}-mongo`)) {
    const url = `mongodb://${user}127.0.0.1:${await openPort(pod, 27017)}/?directConnection=true${options}`;
    const client = new MongoClient(url);
    try {
      const hello = await client.db('admin').command({ hello: 1 });
      if (hello['isWritablePrimary'] === true) return url;
    } finally {
      await client.close();
    }
  }
  throw new Error(`${service}-mongo has no primary.`);
}
