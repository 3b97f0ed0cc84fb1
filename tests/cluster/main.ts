// npm run test:k8s: deploys an overlay on the cluster of KUBECONFIG, uses it through its ingress, breaks it, and proves the
// promises. See tests/cluster/README.md for what it needs.

import { strict as assert } from 'node:assert';
import { parseArgs } from 'node:util';
import { deletions, everythingDeleted, rollingRestarts, scaled } from './disturbances.js';
import { cancellation, described, expiry, purchase } from './journeys.js';
import { inside } from './kubectl.js';
import { missingSecret, noDatabase, wrongImage } from './mistakes.js';
import { watched } from './monitoring.js';
import { createSteps } from './steps.js';
import {
  apply,
  everythingReady,
  makeSecrets,
  makeVolumes,
  rendered,
  secret,
  services,
  type Overlay,
} from './system.js';

const usage = `npm run test:k8s -- [options]
  --overlay dev|prod|nats-streaming    what is deployed (dev)
  --tag <tag> --registry <host:port/>  of the images that there are (dev, none)
  --smoke                              only the deployment and the journeys
  --volumes <folder>                   makes the volumes, in a folder of this machine, which is the node
  --seed <number>                      with the choices of an earlier run
INGRESS_URL is where the ingress controller listens: http://127.0.0.1:8080`;

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
  if (values.help || !['dev', 'prod', 'nats-streaming'].includes(values.overlay)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const overlay = values.overlay as Overlay;
  const ingress = { url: process.env['INGRESS_URL'] ?? 'http://127.0.0.1:8080', host: 'ticketing.dev' };
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const { step, say, passed, failed } = createSteps(console.log);
  console.log(`overlay ${overlay}, seed ${seed}, ${new Date().toISOString()}`);

  await refuseRealMoney();
  const manifests = await rendered(overlay, { registry: values.registry, tag: values.tag });
  if (values.volumes) await makeVolumes(values.volumes, manifests);
  await makeSecrets();
  const deployed =
    (await step('nothing violates Pod Security "restricted"', async () => {
      assert.deepEqual(await apply(manifests), []);
    })) && (await step('everything becomes ready', everythingReady));
  if (deployed) {
    await step('each service runs on Node 24, as nobody in particular, and cannot write', hardened);
    await step('auth shows the API as these sources describe it', () => described(ingress));
    await step('a ticket is listed, reserved, paid and gone', () => purchase(ingress));
    await step('a cancelled order frees its ticket', () => cancellation(ingress));
    await step('an unpaid order expires and frees its ticket', () => expiry(ingress));
    await step('a Prometheus finds every service, and has the rules', watched);
    if (!values.smoke) {
      await step('every service restarts under 20 requests a second', () => rollingRestarts(ingress, say));
      await step('orders runs on three pods, and on as many as before', () => scaled(ingress));
      await step('a missing Secret', missingSecret);
      await step('a wrong image', wrongImage);
      await step('no MongoDB', noDatabase);
      await step('each pod is deleted by force while people buy', () => deletions(ingress, seed, say));
      await step('a hold ends in time though all pods were deleted', () => everythingDeleted(ingress));
      await step('everybody buys again', () => purchase(ingress));
    }
  }
  console.log(`${passed()} passed, ${failed()} failed`);
  return failed() === 0 ? 0 : 1;
}

/** @throws Error when the cluster's Stripe is the real one: what follows pays with a card network of its own and kills pods. */
async function refuseRealMoney(): Promise<void> {
  const key = await secret('stripe-secret', 'STRIPE_KEY').catch(() => '');
  if (key !== '' && !key.startsWith('sk_test_'))
    throw new Error('this cluster has the STRIPE_KEY of a real account: nothing was touched');
}

async function hardened(): Promise<string> {
  const program = `
    const { writeFileSync } = require('node:fs');
    let wrote = true;
    try { writeFileSync('/app/x', ''); } catch { wrote = false; }
    console.log(JSON.stringify({ node: process.version, uid: process.getuid(), wrote }));`;
  const seen = new Set<string>();
  for (const service of services) {
    const said = await inside('exec', `deployment/${service}-depl`, '--', 'node', '-e', program);
    const { node, uid, wrote } = JSON.parse(said) as { node: string; uid: number; wrote: boolean };
    assert.match(node, /^v24\./, service);
    assert.notEqual(uid, 0, service);
    assert.equal(wrote, false, `${service} wrote into its image`);
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
