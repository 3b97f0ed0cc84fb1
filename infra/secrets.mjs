// node infra/secrets.mjs [--overlay infra/k8s/overlays/dev]: creates the Secrets that the pods of the overlay need, in its
// namespace of kubectl's current cluster. An existing Secret stays unchanged; a different value in the environment is an
// error. STRIPE_KEY and STRIPE_WEBHOOK_SECRET come from the environment. Without them, random values serve the local card
// network. `--certificate` adds a self-signed certificate for the overlay's host.

import { spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    overlay: { type: 'string', default: join(import.meta.dirname, 'k8s', 'overlays', 'dev') },
    certificate: { type: 'boolean', default: false },
  },
});

function run(program, args, input) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8' });
  if (status === 0) return stdout;
  console.error(error ? `${program} does not run: ${error.message}` : stderr.trim());
  process.exit(1);
}

const kubectl = (args, input) => run('kubectl', args, input);
const exists = (...what) => kubectl(['get', ...what, '--ignore-not-found', '-o', 'name']) !== '';
const random = () => randomBytes(32).toString('hex');
const stored = (name) =>
  JSON.parse(kubectl(['get', 'secret', name, '-n', namespace, '-o', 'json'])).data ?? {};

const manifests = kubectl(['kustomize', values.overlay]).split(/^---$/m);
const namespaceManifest = manifests.find((manifest) => /^kind: Namespace$/m.test(manifest)) ?? '';
const [, namespace] = /^ {2}name: (\S+)$/m.exec(namespaceManifest) ?? [];
if (!namespace) {
  console.error(`The overlay ${values.overlay} has no Namespace.`);
  process.exit(1);
}

// The Secret goes through standard input: every user of the machine can read a program's arguments.
function create(name, type, stringData, given = {}) {
  if (exists('secret', name, '-n', namespace)) {
    const data = stored(name);
    const differs = Object.keys(given).filter((key) => given[key] && atob(data[key] ?? '') !== given[key]);
    if (differs.length === 0) return console.log(`The Secret ${name} already exists.`);
    console.error(
      `The Secret ${name} already exists with a different ${differs.join(' and ')}. Run "kubectl delete secret ${name} -n ${namespace}" first.`,
    );
    process.exit(1);
  }
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type,
    stringData: stringData(),
  };
  kubectl(['create', '-f', '-'], JSON.stringify(secret));
  console.log(`Created the Secret ${name}.`);
}

function certificate() {
  const [, host] = /^\s+(?:- )?host(?:name)?: (\S+)$/m.exec(manifests.join('\n')) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'ticketing-certificate-'));
  const [key, crt] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  try {
    run('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '365',
      ],
      ...['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-keyout', key, '-out', crt],
    ]);
    return { 'tls.key': readFileSync(key, 'utf8'), 'tls.crt': readFileSync(crt, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

kubectl(['apply', '-f', '-'], namespaceManifest);
const { STRIPE_KEY, STRIPE_WEBHOOK_SECRET } = process.env;
create('jwt-secret', 'Opaque', () => ({ JWT_KEY: random() }));
// The component `authenticated` gives the private key to auth, and the public keys to every service.
let privateKey;
create('session-private-key', 'Opaque', () => {
  privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return { JWT_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
});
create('session-public-keys', 'Opaque', () => {
  const key = createPublicKey(privateKey ?? atob(stored('session-private-key').JWT_PRIVATE_KEY));
  return { JWT_PUBLIC_KEYS: key.export({ type: 'spki', format: 'pem' }) };
});
create(
  'stripe-secret',
  'Opaque',
  () => ({
    STRIPE_KEY: STRIPE_KEY || `sk_test_local_${random()}`,
    ...(STRIPE_KEY && !STRIPE_WEBHOOK_SECRET
      ? {} // Without the secret there is no webhook; the sweep settles the payments.
      : { STRIPE_WEBHOOK_SECRET: STRIPE_WEBHOOK_SECRET || `whsec_${random()}` }),
  }),
  { STRIPE_KEY, STRIPE_WEBHOOK_SECRET },
);
// nats-server reads a password that begins with a digit as a number.
const password = () => `p${random()}`;
const natsUsers = ['auth', 'expiration', 'operator', 'orders', 'payments', 'tickets'];
create('nats-users', 'Opaque', () => Object.fromEntries(natsUsers.map((user) => [user, password()])));
if (values.certificate) create('ticketing-tls', 'kubernetes.io/tls', certificate);
