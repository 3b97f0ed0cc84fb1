// Restarts, scaling and the deletion of pods under load.

import { strict as assert } from 'node:assert';
import { seeded } from '../chaos/random.js';
import { verifyPromises } from '../chaos/report.js';
import { openRecordingClient } from '../chaos/workload/recording-client.js';
import { startVirtualUsers } from '../chaos/workload/virtual-users.js';
import { done } from '../system/person.js';
import {
  everyServiceAnswers,
  newUser,
  eventuallyEquals,
  retryUntilCreated,
  reserve,
  reachesStatus,
  type Ingress,
} from './journeys.js';
import { inside, json, names, rolledOut } from './kubectl.js';
import { startLoad } from './load.js';
import { alarms, deployables, everythingReady, inspectStores, signingKeys, withDatabase } from './system.js';

type Say = (line: string) => void;

const perSecond = 20;

/** Runs `disturb` under a constant load. @throws Error if a request failed, or the error of `disturb` */
async function withoutFailedRequests(ingress: Ingress, disturb: () => Promise<unknown>): Promise<string> {
  const load = await startLoad(ingress, perSecond);
  const disturbed = await Promise.allSettled([disturb()]);
  const { sent, failed } = await load.stop();
  for (const outcome of disturbed) if (outcome.status === 'rejected') throw outcome.reason;
  assert.deepEqual(failed.slice(0, 10), [], `${failed.length} of ${sent} requests failed`);
  return `${sent} requests, 0 failed`;
}

export const rollingRestarts = (ingress: Ingress, say: Say): Promise<string> =>
  withoutFailedRequests(ingress, async () => {
    for (const service of deployables) {
      await inside('rollout', 'restart', `deployment/${service}-depl`);
      await rolledOut(`deployment/${service}-depl`);
      await eventuallyEquals(0, async () => (await terminating(service)).length);
      say(`${service} restarted`);
    }
  });

/** Scales orders to three pods and back, through its HorizontalPodAutoscaler if there is one. */
export const scaleAndBack = (ingress: Ingress): Promise<string> =>
  withoutFailedRequests(ingress, async () => {
    const hpa = 'horizontalpodautoscaler/orders';
    const kept = await inside('get', hpa, '--ignore-not-found', '-o', 'jsonpath={.spec}');
    const patchScaler = (spec: object) => inside('patch', hpa, '-p', JSON.stringify({ spec }));
    const scaleTo = async (count: number) => {
      if (kept) await patchScaler({ minReplicas: count, maxReplicas: count });
      else await inside('scale', 'deployment/orders-depl', `--replicas=${count}`);
      await eventuallyEquals(count, async () => (await endpoints('orders-srv')).length);
      await eventuallyEquals(0, async () => (await terminating('orders')).length);
    };
    const before = (await endpoints('orders-srv')).length;
    await scaleTo(3);
    await scaleTo(before);
    if (kept) await patchScaler(JSON.parse(kept) as object);
  });

/** The terminating pods of an app. */
async function terminating(app: string): Promise<unknown[]> {
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

/** Kills every pod once, like `kill -9`, during purchases, and then checks the promises. */
export async function deleteEachPod(ingress: Ingress, seed: number, say: Say): Promise<string> {
  const { url, host } = ingress;
  const tls = { rejectUnauthorized: false, servername: host };
  const client = openRecordingClient(
    { tickets: [url], orders: [url], payments: [url] },
    await signingKeys(),
    {
      headers: { host },
      tls,
    },
  );
  const users = startVirtualUsers({ client, random: seeded(seed), users: 8, thinkMs: 300, onSale: 20 });
  const noted = new Set<string>();
  const note = async () => (await alarms()).forEach((alarm) => noted.add(alarm));
  let deleted = 0;
  try {
    const apps = [
      ...deployables,
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
    const { kept, settledAfterS } = await inspectStores([...noted], (system) =>
      verifyPromises(system, client.history, say),
    );
    assert.ok(kept, 'a promise was broken');
    return `${deleted} pods deleted, ${client.history.length} requests, settled after ${settledAfterS} s`;
  } finally {
    await users.stop();
    await client.close();
  }
}

/** Kills all pods at once during a hold. The hold must expire, and not early. */
export async function deleteEveryPod(ingress: Ingress): Promise<string> {
  const [seller, buyer, other] = [await newUser(ingress), await newUser(ingress), await newUser(ingress)];
  const { ticketId, orderId } = await reserve(seller, buyer);
  const { expiresAt } = await done(buyer.showOrder({ orderId }), 200);
  await inside('delete', 'pods', '--all', '--force', '--grace-period=0');
  const begin = Date.now();
  await everythingReady();
  const readyAfterS = (Date.now() - begin) / 1_000;
  await everyServiceAnswers(ingress);
  await reachesStatus('cancelled', () => buyer.showOrder({ orderId }));
  assert.ok(Date.now() >= Date.parse(expiresAt), 'the order expired early');
  await retryUntilCreated(() => other.placeOrder({ ticketId }));
  return `every pod is ready again after ${readyAfterS.toFixed(1)} s`;
}
