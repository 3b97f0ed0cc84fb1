// npm run test:k8s: deploys an overlay on the cluster of KUBECONFIG, uses it through its ingress, injects faults, and checks
// the promises. tests/cluster/README.md lists the prerequisites.

import { strict as assert } from 'node:assert';
import { parseArgs } from 'node:util';
import { deleteEachPod, deleteEveryPod, rollingRestarts, scaleAndBack } from './disturbances.js';
import { cancellation, apiDescriptionIsServed, expiry, purchase, shopIsServed } from './journeys.js';
import { inside, useNamespace } from './kubectl.js';
import { orderIsMailed } from './mails.js';
import { missingSecret, missingDatabase, wrongImage } from './mistakes.js';
import { servicesAreMonitored } from './monitoring.js';
import { createSteps } from './steps.js';
import {
  apply,
  deployables,
  everythingReady,
  makeSecrets,
  makeVolumes,
  overlays,
  placeOf,
  rendered,
  secret,
  type Overlay,
} from './system.js';

const usage = `npm run test:k8s -- [options]
  --overlay ${overlays.join('|')}    the overlay to deploy (dev)
  --tag <tag> --registry <host:port/>  the tag and registry of the images (dev, none)
  --smoke                              runs only the deployment and the journeys
  --volumes <folder>                   creates volumes in a folder of this machine, which must be the node
  --seed <number>                      repeats the random choices of an earlier run
INGRESS_URL is the address of the ingress controller: http://127.0.0.1:8080`;

const options = {
  overlay: { type: 'string', default: 'dev' },
  tag: { type: 'string', default: 'dev' },
  registry: { type: 'string', default: '' },
  smoke: { type: 'boolean', default: false },
  volumes: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help || !(overlays as readonly string[]).includes(values.overlay)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const overlay = values.overlay as Overlay;
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const { step, say, passed, failed } = createSteps(console.log);
  console.log(`overlay ${overlay}, seed ${seed}, ${new Date().toISOString()}`);

  const manifests = await rendered(overlay, { registry: values.registry, tag: values.tag });
  const { namespace, host } = placeOf(manifests);
  useNamespace(namespace);
  const ingress = { url: process.env['INGRESS_URL'] ?? 'http://127.0.0.1:8080', host };
  await refuseRealMoney();
  if (values.volumes) await makeVolumes(values.volumes, manifests);
  await makeSecrets(overlay);
  const deployed =
    (await step('no pod violates the restricted Pod Security Standard', async () => {
      assert.deepEqual(await apply(manifests), []);
    })) && (await step('every pod is ready', everythingReady));
  if (deployed) {
    await step(
      'each service and the shop run on Node 24, not as root, with a read-only filesystem',
      podsAreHardened,
    );
    await step('auth serves the API description of these sources', () => apiDescriptionIsServed(ingress));
    await step('the shop is served with all files of its page', () => shopIsServed(ingress));
    await step('a ticket is listed, reserved and sold', () => purchase(ingress));
    await step('a cancelled order frees its ticket', () => cancellation(ingress));
    await step('an unpaid order expires and frees its ticket', () => expiry(ingress));
    await step('the mail of an order reaches its buyer', () => orderIsMailed(ingress));
    await step('Prometheus finds every service and loads the rules', servicesAreMonitored);
    if (!values.smoke) {
      await step('every service restarts under 20 requests a second', () => rollingRestarts(ingress, say));
      await step('orders scales to three pods and back', () => scaleAndBack(ingress));
      await step('a missing Secret is named and recoverable', missingSecret);
      await step('a wrong image does not stop the running pods', wrongImage);
      await step('a service without MongoDB waits for it without a restart', missingDatabase);
      await step('each pod is deleted by force during purchases', () => deleteEachPod(ingress, seed, say));
      await step('a hold expires in time after all pods were deleted', () => deleteEveryPod(ingress));
      await step('a purchase works afterwards', () => purchase(ingress));
    }
  }
  console.log(`${passed()} passed, ${failed()} failed`);
  return failed() === 0 ? 0 : 1;
}

/** @throws Error if the cluster has a live Stripe key: the test pays through the local card network and kills pods */
async function refuseRealMoney(): Promise<void> {
  const key = await secret('stripe-secret', 'STRIPE_KEY').catch(() => '');
  if (key !== '' && !key.startsWith('sk_test_'))
    throw new Error('This cluster has the STRIPE_KEY of a live account. Nothing was changed.');
}

async function podsAreHardened(): Promise<string> {
  const program = `
    const { writeFileSync } = require('node:fs');
    let wrote = true;
    try { writeFileSync('/app/x', ''); } catch { wrote = false; }
    console.log(JSON.stringify({ node: process.version, uid: process.getuid(), wrote }));`;
  const seen = new Set<string>();
  for (const service of deployables) {
    const output = await inside('exec', `deployment/${service}-depl`, '--', 'node', '-e', program);
    const { node, uid, wrote } = JSON.parse(output) as { node: string; uid: number; wrote: boolean };
    assert.match(node, /^v24\./, service);
    assert.notEqual(uid, 0, service);
    assert.equal(wrote, false, `${service} can write to its filesystem`);
    seen.add(node);
  }
  return [...seen].join();
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  },
);
