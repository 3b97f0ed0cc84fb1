// What operators do, and what happens to them, while people buy.

import { strict as assert } from 'node:assert';
import { seeded } from '../chaos/random.js';
import { verifyPromises } from '../chaos/report.js';
import { openRecordingClient } from '../chaos/workload/recording-client.js';
import { startVirtualUsers } from '../chaos/workload/virtual-users.js';
import { done } from '../system/person.js';
import { arrive, becomes, insists, reserve, turns, type Ingress } from './journeys.js';
import { inside, json, names, rolledOut } from './kubectl.js';
import { startLoad } from './load.js';
import { alarms, everythingReady, lookAt, secret, services, withDatabase } from './system.js';

type Say = (line: string) => void;

const perSecond = 20;

/** Runs `disturb` under steady load. @throws when a request failed, or what `disturb` threw */
async function withoutAFailure(ingress: Ingress, disturb: () => Promise<unknown>): Promise<string> {
  const load = await startLoad(ingress, perSecond);
  const disturbed = await Promise.allSettled([disturb()]);
  const { sent, failed } = await load.stop();
  for (const outcome of disturbed) if (outcome.status === 'rejected') throw outcome.reason;
  assert.deepEqual(failed.slice(0, 10), [], `${failed.length} of ${sent} requests failed`);
  return `${sent} requests, 0 failed`;
}

export const rollingRestarts = (ingress: Ingress, say: Say): Promise<string> =>
  withoutAFailure(ingress, async () => {
    for (const service of services) {
      await inside('rollout', 'restart', `deployment/${service}-depl`);
      await rolledOut(`deployment/${service}-depl`);
      await becomes(0, async () => (await leaving(service)).length);
      say(`${service} restarted`);
    }
  });

/** orders on three pods and back. A HorizontalPodAutoscaler is told, as it would undo anything else. */
export const scaled = (ingress: Ingress): Promise<string> =>
  withoutAFailure(ingress, async () => {
    const hpa = 'horizontalpodautoscaler/orders';
    const kept = await inside('get', hpa, '--ignore-not-found', '-o', 'jsonpath={.spec}');
    const toEvent = (spec: object) => inside('patch', hpa, '-p', JSON.stringify({ spec }));
    const scaleTo = async (count: number) => {
      if (kept) await toEvent({ minReplicas: count, maxReplicas: count });
      else await inside('scale', 'deployment/orders-depl', `--replicas=${count}`);
      await becomes(count, async () => (await endpoints('orders-srv')).length);
      await becomes(0, async () => (await leaving('orders')).length);
    };
    const before = (await endpoints('orders-srv')).length;
    await scaleTo(3);
    await scaleTo(before);
    if (kept) await toEvent(JSON.parse(kept) as object);
  });

/** Pods that are told to end and have not yet. */
async function leaving(app: string): Promise<unknown[]> {
  type Pod = { metadata: { deletionTimestamp?: string } };
  const { items } = await json<{ items: Pod[] }>('get', 'pods', '-l', `app=${app}`);
  return items.filter(({ metadata }) => metadata.deletionTimestamp);
}

async function endpoints(service: string): Promise<string[]> {
  type Slice = { endpoints?: { addresses: string[]; conditions: { ready?: boolean } }[] };
  const { items } = await json<{ items: Slice[] }>(
    'get',
    'endpointslices',
    '-l',
    `kubernetes.io/service-name=${service}`,
  );
  return items.flatMap((slice) =>
    (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions.ready)
      .flatMap(({ addresses }) => addresses),
  );
}

/** Every pod is killed once, as by `kill -9`, while people buy; then the promises are proven. */
export async function deletions(ingress: Ingress, seed: number, say: Say): Promise<string> {
  const { url, host } = ingress;
  const jwtKey = await secret('jwt-secret', 'JWT_KEY');
  const tls = { rejectUnauthorized: false, servername: host };
  const client = openRecordingClient({ tickets: url, orders: [url], payments: url }, jwtKey, {
    headers: { host },
    tls,
  });
  const users = startVirtualUsers({ client, random: seeded(seed), users: 8, thinkMs: 300, onSale: 20 });
  const noted = new Set<string>();
  const note = async () => (await alarms()).forEach((alarm) => noted.add(alarm));
  let deleted = 0;
  try {
    const apps = [
      ...services,
      'nats',
      'expiration-redis',
      ...withDatabase.map((service) => `${service}-mongo`),
    ];
    for (const app of apps) {
      await note();
      for (const pod of await names('pods', `app=${app}`)) {
        await inside('delete', pod, '--force', '--grace-period=0');
        deleted += 1;
        await everythingReady();
      }
      say(`${app}: deleted and ready again`);
    }
    await note();
    await users.stop();
    const { kept, settledAfterS } = await lookAt([...noted], (system) =>
      verifyPromises(system, client.history, say),
    );
    assert.ok(kept, 'a promise was broken');
    return `${deleted} pods deleted, ${client.history.length} requests, settled after ${settledAfterS} s`;
  } finally {
    await users.stop();
    await client.close();
  }
}

/** All pods at once, with a ticket on hold: it is free in its time, not before and not never. */
export async function everythingDeleted(ingress: Ingress): Promise<string> {
  const [seller, buyer, other] = [await arrive(ingress), await arrive(ingress), await arrive(ingress)];
  const { ticketId, orderId } = await reserve(seller, buyer);
  const { expiresAt } = await done(buyer.showOrder({ orderId }), 200);
  await inside('delete', 'pods', '--all', '--force', '--grace-period=0');
  const begin = Date.now();
  await everythingReady();
  const readyAfterS = (Date.now() - begin) / 1_000;
  await turns('cancelled', () => buyer.showOrder({ orderId }));
  assert.ok(Date.now() >= Date.parse(expiresAt), 'it expired early');
  await insists(() => other.placeOrder({ ticketId }));
  return `everything ready again after ${readyAfterS.toFixed(1)} s`;
}
