// node infra/secrets.mjs: creates the Secrets that the pods need, in the namespace `ticketing` of kubectl's current cluster. An
// existing Secret stays unchanged; a different value in the environment is an error. STRIPE_KEY and STRIPE_WEBHOOK_SECRET
// come from the environment. Without them, random values serve the local card network. `--certificate` adds a self-signed
// certificate for https://ticketing.dev.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { certificate: { type: 'boolean', default: false } } });
const namespace = 'ticketing';
const host = 'ticketing.dev';

function run(program, args, input) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8' });
  if (status === 0) return stdout;
  console.error(error ? `${program} does not run: ${error.message}` : stderr.trim());
  process.exit(1);
}

const kubectl = (args, input) => run('kubectl', args, input);
const exists = (...what) => kubectl(['get', ...what, '--ignore-not-found', '-o', 'name']) !== '';
const random = () => randomBytes(32).toString('hex');

// The Secret goes through standard input: every user of the machine can read a program's arguments.
function create(name, type, stringData, given = {}) {
  if (exists('secret', name, '-n', namespace)) {
    const { data = {} } = JSON.parse(kubectl(['get', 'secret', name, '-n', namespace, '-o', 'json']));
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

kubectl(['apply', '-f', join(import.meta.dirname, 'k8s', 'base', 'namespace.yaml')]);
const { STRIPE_KEY, STRIPE_WEBHOOK_SECRET } = process.env;
create('jwt-secret', 'Opaque', () => ({ JWT_KEY: random() }));
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
