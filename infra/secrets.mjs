// node infra/secrets.mjs [--overlay infra/k8s/overlays/dev]: creates the namespace of the overlay in kubectl's current cluster,
// and the Secrets that its pods need. An existing Secret stays unchanged, except that it gains the password of a new service;
// a different value in the environment is an error. `--namespace` and `--host` replace those of the overlay, as the values of
// the Helm chart do. `--certificate` adds a self-signed certificate for the host. Variables:
// - STRIPE_KEY, STRIPE_WEBHOOK_SECRET: without them, random values serve the local card network.
// - STRIPE_PUBLISHABLE_KEY, SMTP_URL: needed unless the overlay has the card network and the mail catcher.
// - MONGO_URI, NATS_URL, REDIS_URL: stores outside of the installation; MONGO_URI_ORDERS, for example, is for orders only.

import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newAuthority, selfSigned, signedBy } from './certificates.mjs';

const { values } = parseArgs({
  options: {
    overlay: { type: 'string', default: join(import.meta.dirname, 'k8s', 'overlays', 'dev') },
    namespace: { type: 'string' },
    host: { type: 'string' },
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
function stored(name) {
  const { data = {} } = JSON.parse(kubectl(['get', 'secret', name, '-n', namespace, '-o', 'json']));
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, atob(value)]));
}

const manifests = kubectl(['kustomize', values.overlay]).split(/^---$/m);
const [, namespaceOfOverlay] = /^ {2}namespace: (\S+)$/m.exec(manifests.join('\n')) ?? [];
const namespace = values.namespace ?? namespaceOfOverlay;
if (!namespace) {
  console.error(`The overlay ${values.overlay} has no namespace.`);
  process.exit(1);
}
const namespaceFile = join(import.meta.dirname, 'k8s', 'namespace', 'namespace.yaml');
const namespaceManifest = readFileSync(namespaceFile, 'utf8').replace(
  /^ {2}name: .*$/m,
  `  name: ${namespace}`,
);

// Returns what the Secret holds. It goes through standard input: every user of the machine can read a program's arguments.
function create(name, type, stringData, given = {}) {
  if (exists('secret', name, '-n', namespace)) {
    const data = stored(name);
    const differs = Object.keys(given).filter((key) => given[key] && data[key] !== given[key]);
    if (differs.length === 0) {
      console.log(`The Secret ${name} already exists.`);
      return data;
    }
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
  return secret.stringData;
}

/** Random values by user. An existing Secret gains those of the users that it lacks. */
function createUsers(name, users, value) {
  const data = create(name, 'Opaque', () => Object.fromEntries(users.map((user) => [user, value()])));
  const added = Object.fromEntries(
    users.filter((user) => data[user] === undefined).map((user) => [user, value()]),
  );
  if (Object.keys(added).length === 0) return data;
  const patch = JSON.stringify({ stringData: added });
  kubectl(['patch', 'secret', name, '-n', namespace, '--patch-file', '/dev/stdin'], patch);
  console.log(`Added ${Object.keys(added).join(' and ')} to the Secret ${name}.`);
  return { ...data, ...added };
}

function certificate() {
  const [, host] = /^\s+(?:- )?host(?:name)?: (\S+)$/m.exec(manifests.join('\n')) ?? [];
  const { key, crt } = selfSigned(values.host ?? host);
  return { 'tls.key': key, 'tls.crt': crt };
}

kubectl(['apply', '-f', '-'], namespaceManifest);
const { STRIPE_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_PUBLISHABLE_KEY, SMTP_URL, REDIS_URL } = process.env;
const withMongo = ['auth', 'notifications', 'orders', 'payments', 'tickets'];
const everyService = ['auth', 'expiration', 'notifications', 'orders', 'payments', 'tickets'];
/** The address of a store by service: that of the service, or that of all. */
const addresses = (variable, services) =>
  Object.fromEntries(
    services.map((name) => [name, process.env[`${variable}_${name.toUpperCase()}`] ?? process.env[variable]]),
  );
const isExternal = manifests.some((manifest) => /^ +name: mongo-uris$/m.test(manifest));
// Values that only an operator can know, if the manifests use them.
const given = [
  {
    name: 'smtp-secret',
    data: { SMTP_URL },
    hint: 'Set SMTP_URL to the server that sends the mails, such as smtps://user:password@mail.example.com:465.',
  },
  {
    name: 'stripe-publishable-key',
    data: { STRIPE_PUBLISHABLE_KEY },
    hint: 'Set STRIPE_PUBLISHABLE_KEY to the key by which browsers reach your account at Stripe: pk_live_….',
  },
  {
    name: 'mongo-uris',
    data: addresses('MONGO_URI', withMongo),
    hint: 'Set MONGO_URI to your MongoDB, such as mongodb://user:password@a,b,c/?replicaSet=rs0&tls=true, or MONGO_URI_<SERVICE> for each service.',
  },
  {
    name: 'nats-urls',
    data: addresses('NATS_URL', everyService),
    hint: 'Set NATS_URL to your NATS, such as tls://user:password@nats.example.com:4222, or NATS_URL_<SERVICE> for each service.',
  },
  {
    name: 'redis-urls',
    data: { expiration: REDIS_URL },
    hint: 'Set REDIS_URL to your Redis, such as rediss://user:password@redis.example.com:6379.',
  },
].filter(({ name }) => manifests.some((manifest) => new RegExp(`^ +name: ${name}$`, 'm').test(manifest)));
const missing = given.filter(
  ({ name, data }) => Object.values(data).some((value) => !value) && !exists('secret', name, '-n', namespace),
);
if (missing.length > 0) {
  console.error(missing.map(({ hint }) => hint).join('\n'));
  process.exit(1);
}
for (const { name, data } of given) create(name, 'Opaque', () => data, data);
// auth and notifications alone share it: it signs the links in mails.
create('account-link-key', 'Opaque', () => ({ ACCOUNT_LINK_KEY: random() }));
create('jwt-secret', 'Opaque', () => ({ JWT_KEY: random() }));
// The component `authenticated` gives the private key to auth, and the public keys to every service.
const { JWT_PRIVATE_KEY } = create('session-private-key', 'Opaque', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { JWT_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
});
create('session-public-keys', 'Opaque', () => ({
  JWT_PUBLIC_KEYS: createPublicKey(JWT_PRIVATE_KEY).export({ type: 'spki', format: 'pem' }),
}));
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
if (!isExternal) createForBundledStores();
if (values.certificate) create('ticketing-tls', 'kubernetes.io/tls', certificate);

// The users and certificates of the stores in the installation.
function createForBundledStores() {
  // nats-server reads a password that begins with a digit as a number.
  const password = () => `p${random()}`;
  const natsUsers = [...everyService, 'operator'];
  createUsers('nats-users', natsUsers, password);

  // The component `authenticated`: users of the stores, and a certificate for each server. A server mounts its own Secret, a
  // service the authority's certificate, and nobody the authority's key.
  createUsers('mongo-users', withMongo, random);
  const redisUsers = create('redis-users', 'Opaque', () => ({ expiration: random() }));
  const authority = create('server-authority-key', 'Opaque', newAuthority);
  create('server-authority', 'Opaque', () => ({ 'ca.crt': authority.crt }));

  function certificateOf(server, members = []) {
    const names = [`${server}-srv`, `${server}-srv.${namespace}.svc.cluster.local`];
    const { key, crt } = signedBy(authority, [...names, ...names.map((name) => `*.${name}`), ...members]);
    return { key, crt, ca: authority.crt };
  }
  for (const service of withMongo)
    create(`${service}-mongo-server`, 'Opaque', () => {
      const { key, crt, ca } = certificateOf(`${service}-mongo`);
      return { 'server.pem': key + crt, 'ca.crt': ca, 'set.key': random() };
    });
  create('nats-server', 'Opaque', () => {
    // nats-server compares these names with its routes.
    const routes = [0, 1, 2].map((member) => `nats-${member}.nats-srv`);
    const { key, crt, ca } = certificateOf('nats', routes);
    return { 'tls.key': key, 'tls.crt': crt, 'ca.crt': ca };
  });
  create('expiration-redis-server', 'Opaque', () => {
    const { key, crt, ca } = certificateOf('expiration-redis');
    const hash = createHash('sha256').update(redisUsers.expiration).digest('hex');
    // Without a password, a client may only ask whether Redis answers, as the probes do.
    const users = `user default on nopass -@all +ping\nuser expiration on #${hash} ~* &* +@all -@admin +info\n`;
    return { 'tls.key': key, 'tls.crt': crt, 'ca.crt': ca, 'users.acl': users };
  });
}
