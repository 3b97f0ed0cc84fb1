// node infra/secrets.mjs: the Secrets that the pods need, in the namespace `ticketing` of kubectl's cluster. What is there already
// stays as it is; if the environment gives something else, that is an error. STRIPE_KEY and STRIPE_WEBHOOK_SECRET are taken from the environment; without them they are made up, which
// is right for the local card network only. With `--certificate` also a certificate of its own for https://ticketing.dev.

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
  console.error(error ? `${program} cannot be run: ${error.message}` : stderr.trim());
  process.exit(1);
}

const kubectl = (args, input) => run('kubectl', args, input);
const isThere = (...what) => kubectl(['get', ...what, '--ignore-not-found', '-o', 'name']) !== '';
const random = () => randomBytes(32).toString('hex');

// By standard input: what is in the arguments of a program, everybody on the machine may read.
function make(name, type, stringData, given = {}) {
  if (isThere('secret', name, '-n', namespace)) {
    const { data = {} } = JSON.parse(kubectl(['get', 'secret', name, '-n', namespace, '-o', 'json']));
    const differs = Object.keys(given).filter((key) => given[key] && atob(data[key] ?? '') !== given[key]);
    if (differs.length === 0) return console.log(`secret ${name} is there already`);
    console.error(
      `secret ${name} is there already, with another ${differs.join(' and ')}: kubectl delete secret ${name} -n ${namespace} first`,
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
  console.log(`secret ${name} made`);
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
make('jwt-secret', 'Opaque', () => ({ JWT_KEY: random() }));
make(
  'stripe-secret',
  'Opaque',
  () => ({
    STRIPE_KEY: STRIPE_KEY || `sk_test_local_${random()}`,
    ...(STRIPE_KEY && !STRIPE_WEBHOOK_SECRET
      ? {} // Without it there is no webhook, and the sweep settles what it would have told.
      : { STRIPE_WEBHOOK_SECRET: STRIPE_WEBHOOK_SECRET || `whsec_${random()}` }),
  }),
  { STRIPE_KEY, STRIPE_WEBHOOK_SECRET },
);
if (values.certificate) make('ticketing-tls', 'kubernetes.io/tls', certificate);
