// Mistakes that people make: the pod says what is missing, is not ready, and recovers by itself when it is mended.

import { strict as assert } from 'node:assert';
import { becomes } from './journeys.js';
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

async function whatIsMissing(app: string): Promise<string | undefined> {
  for (const { status } of await podsOf(app)) {
    const waiting = status.containerStatuses?.[0]?.state.waiting;
    if (waiting?.message) return `${waiting.reason}: ${waiting.message}`;
  }
  return undefined;
}

async function says(app: string, pattern: RegExp): Promise<string> {
  await becomes(true, async () => pattern.test((await whatIsMissing(app)) ?? ''));
  return (await whatIsMissing(app)) ?? '';
}

export async function missingSecret(): Promise<string> {
  const kept = await inside('get', 'secret', 'jwt-secret', '-o', 'jsonpath={.data}');
  await inside('delete', 'secret', 'jwt-secret');
  let said: string;
  try {
    await inside('rollout', 'restart', 'deployment/auth-depl');
    said = await says('auth', /secret "jwt-secret" not found/);
  } finally {
    await inside('create', 'secret', 'generic', 'jwt-secret');
    await inside('patch', 'secret', 'jwt-secret', '-p', JSON.stringify({ data: JSON.parse(kept) }));
  }
  await rolledOut('deployment/auth-depl');
  return said;
}

export async function wrongImage(): Promise<string> {
  await inside('set', 'image', 'deployment/auth-depl', 'service=ticketing/auth:no-such-tag');
  let said: string;
  try {
    said = await says('auth', /ErrImagePull|ImagePullBackOff/);
    assert.ok(
      (await podsOf('auth')).some(({ status }) => status.containerStatuses?.[0]?.ready),
      'nobody serves',
    );
  } finally {
    await inside('rollout', 'undo', 'deployment/auth-depl');
  }
  await rolledOut('deployment/auth-depl');
  return `${said.slice(0, 120)} …, and the old pod serves on`;
}

export async function noDatabase(): Promise<string> {
  const replicas = await inside('get', 'statefulset/auth-mongo', '-o', 'jsonpath={.spec.replicas}');
  const restarts = async () =>
    (await podsOf('auth')).reduce(
      (sum, { status }) => sum + (status.containerStatuses?.[0]?.restartCount ?? 0),
      0,
    );
  const before = await restarts();
  await inside('scale', 'statefulset/auth-mongo', '--replicas=0');
  let said: string;
  try {
    const isReady = async () =>
      (await podsOf('auth')).some(({ status }) => status.containerStatuses?.[0]?.ready);
    await becomes(false, isReady);
    // A new pod that starts while there is none waits too.
    await inside('delete', 'pod', '-l', 'app=auth', '--wait=false');
    const log = () => inside('logs', 'deployment/auth-depl', '--tail=50');
    await becomes(true, async () => /database not ready yet/.test(await log().catch(() => '')));
    said = (await log()).split('\n').findLast((line) => line.includes('database not ready yet')) ?? '';
  } finally {
    await inside('scale', 'statefulset/auth-mongo', `--replicas=${replicas}`);
  }
  await rolledOut('deployment/auth-depl');
  assert.equal(await restarts(), before < 1 ? 0 : before, 'it was restarted for that');
  const { msg, err } = JSON.parse(said) as { msg: string; err: { message: string } };
  return `${msg}: ${err.message}`;
}
