// Operator mistakes: the pod reports the missing part, is not ready, and recovers by itself once it is fixed.

import { strict as assert } from 'node:assert';
import { eventuallyEquals } from './journeys.js';
import { inside, json, rolledOut } from './kubectl.js';

type Pod = Readonly<{
  metadata: { name: string };
  status: {
    containerStatuses?: {
      ready: boolean;
      restartCount: number;
      state: { waiting?: { reason: string; message?: string } };
    }[];
  };
}>;

async function podsOf(app: string): Promise<Pod[]> {
  return (await json<{ items: Pod[] }>('get', 'pods', '-l', `app=${app}`)).items;
}

async function waitingReason(app: string): Promise<string | undefined> {
  for (const { status } of await podsOf(app)) {
    const waiting = status.containerStatuses?.[0]?.state.waiting;
    if (waiting?.message) return `${waiting.reason}: ${waiting.message}`;
  }
  return undefined;
}

async function reports(app: string, pattern: RegExp): Promise<string> {
  await eventuallyEquals(true, async () => pattern.test((await waitingReason(app)) ?? ''));
  return (await waitingReason(app)) ?? '';
}

export async function missingSecret(): Promise<string> {
  const kept = await inside('get', 'secret', 'jwt-secret', '-o', 'jsonpath={.data}');
  await inside('delete', 'secret', 'jwt-secret');
  let reported: string;
  try {
    await inside('rollout', 'restart', 'deployment/auth-depl');
    reported = await reports('auth', /secret "jwt-secret" not found/);
  } finally {
    await inside('create', 'secret', 'generic', 'jwt-secret');
    await inside('patch', 'secret', 'jwt-secret', '-p', JSON.stringify({ data: JSON.parse(kept) }));
  }
  await rolledOut('deployment/auth-depl');
  return reported;
}

export async function wrongImage(): Promise<string> {
  await inside('set', 'image', 'deployment/auth-depl', 'service=ticketing/auth:no-such-tag');
  let reported: string;
  try {
    reported = await reports('auth', /ErrImagePull|ImagePullBackOff/);
    assert.ok(
      (await podsOf('auth')).some(({ status }) => status.containerStatuses?.[0]?.ready),
      'no pod is ready',
    );
  } finally {
    await inside('rollout', 'undo', 'deployment/auth-depl');
  }
  await rolledOut('deployment/auth-depl');
  return `${reported.slice(0, 120)} …, and the old pod keeps serving`;
}

export async function missingDatabase(): Promise<string> {
  const replicas = await inside('get', 'statefulset/auth-mongo', '-o', 'jsonpath={.spec.replicas}');
  const restarts = async () =>
    (await podsOf('auth')).reduce(
      (sum, { status }) => sum + (status.containerStatuses?.[0]?.restartCount ?? 0),
      0,
    );
  const before = await restarts();
  await inside('scale', 'statefulset/auth-mongo', '--replicas=0');
  let reported: string;
  try {
    const isReady = async () =>
      (await podsOf('auth')).some(({ status }) => status.containerStatuses?.[0]?.ready);
    await eventuallyEquals(false, isReady);
    // A new pod waits for MongoDB too.
    await inside('delete', 'pod', '-l', 'app=auth', '--wait=false');
    const log = () => inside('logs', 'deployment/auth-depl', '--tail=50');
    await eventuallyEquals(true, async () => /database not ready yet/.test(await log().catch(() => '')));
    reported = (await log()).split('\n').findLast((line) => line.includes('database not ready yet')) ?? '';
  } finally {
    await inside('scale', 'statefulset/auth-mongo', `--replicas=${replicas}`);
  }
  await rolledOut('deployment/auth-depl');
  assert.equal(await restarts(), before < 1 ? 0 : before, 'the pod was restarted');
  const { msg, err } = JSON.parse(reported) as { msg: string; err: { message: string } };
  return `${msg}: ${err.message}`;
}
