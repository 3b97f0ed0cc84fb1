import { wrongAddresses, wrongEdges } from './edges.js';
import { allowedEdges } from './network.js';
import { mainContainer, named, type Manifest, type Workload } from './objects.js';
import { beforeRules, objectsOf, rule } from './rule.js';
import { variant } from './variants.js';

beforeRules();

const policy = (objects: Manifest[], name: string) => named(objects, 'NetworkPolicy', name).spec;
const without = (objects: Manifest[], name: string) =>
  objects.splice(objects.indexOf(named(objects, 'NetworkPolicy', name)), 1);
const address = (objects: Manifest[], name: string, value: string) =>
  Object.assign(
    mainContainer(named(objects, 'Deployment', 'orders-depl')).env?.find(
      (variable) => variable.name === name,
    ) ?? {},
    {
      value,
    },
  );

rule('the policies allow exactly the edges that the services declare', {
  check: wrongEdges,
  controls: [
    {
      fault: 'a service without egress to its database',
      plant: (objects) => policy(objects, 'orders-store').egress?.shift(),
      reports: ['missing: orders -> orders-mongo:27017'],
    },
    {
      fault: 'a database without ingress from its service',
      plant: (objects) => policy(objects, 'orders-mongo').ingress?.[0]?.from?.shift(),
      reports: ['missing: orders -> orders-mongo:27017'],
    },
    {
      fault: 'access to the database of another service',
      plant: (objects) => {
        const peer = { podSelector: { matchLabels: { app: 'tickets' } } };
        policy(objects, 'orders-mongo').ingress?.[0]?.from?.push(peer);
        policy(objects, 'tickets-store').egress?.push({
          to: [
            { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['orders-mongo'] }] } },
          ],
        });
      },
      reports: ['unneeded: tickets -> orders-mongo:27017'],
    },
    {
      fault: 'a bus that is open to every pod',
      plant: (objects) => (policy(objects, 'nats').ingress ??= []).push({ ports: [{ port: 4222 }] }),
      reports: ['unneeded: anywhere -> nats:4222'],
    },
    {
      fault: 'another port',
      plant: (objects) =>
        (policy(objects, 'expiration-redis').ingress ?? []).forEach(
          (policyRule) => (policyRule.ports = [{ port: 6380 }]),
        ),
      reports: ['missing: expiration -> expiration-redis:6379'],
    },
    {
      fault: 'ingress from every namespace',
      plant: (objects) =>
        (policy(objects, 'auth').ingress ?? []).forEach(
          (policyRule) => (policyRule.from = [{ namespaceSelector: {} }]),
        ),
      reports: ['unneeded: namespaces {} -> auth:3000', 'missing: namespace ingress-nginx -> auth:3000'],
    },
    {
      fault: 'egress to private networks',
      in: 'prod',
      plant: (objects) =>
        (policy(objects, 'orders-store').egress ??= []).push({ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }),
      reports: ['unneeded: orders -> addresses 10.0.0.0/8:any'],
    },
    {
      fault: 'egress to Stripe beside the local card network',
      plant: (objects) => objects.push(named(objectsOf(variant('prod')), 'NetworkPolicy', 'payments-stripe')),
      reports: ['unneeded: payments -> outside:443'],
    },
    {
      fault: 'egress to Stripe that includes private networks',
      in: 'prod',
      plant: (objects) =>
        policy(objects, 'payments-stripe').egress?.forEach(({ to }) => to?.[0]?.ipBlock?.except?.pop()),
      reports: ['unneeded: payments -> addresses 0.0.0.0/0:443', 'missing: payments -> outside:443'],
    },
    {
      fault: 'a mail that cannot leave',
      in: 'prod',
      plant: (objects) => without(objects, 'notifications-smtp'),
      reports: ['25', '465', '587'].map((port) => `missing: notifications -> outside:${port}`),
    },
    {
      fault: 'mail to the world beside the mail catcher',
      plant: (objects) =>
        objects.push(named(objectsOf(variant('prod')), 'NetworkPolicy', 'notifications-smtp')),
      reports: ['25', '465', '587'].map((port) => `unneeded: notifications -> outside:${port}`),
    },
    {
      fault: 'a service that sends mail past notifications',
      in: 'prod',
      plant: (objects) =>
        policy(objects, 'orders-store').egress?.push(...(policy(objects, 'notifications-smtp').egress ?? [])),
      reports: ['25', '465', '587'].map((port) => `unneeded: orders -> outside:${port}`),
    },
    {
      fault: 'a mail catcher that no mail reaches',
      plant: (objects) => without(objects, 'mail'),
      reports: ['missing: notifications -> mail:1025'],
    },
    {
      fault: 'an inbox that another service can read',
      plant: (objects) => {
        policy(objects, 'mail').ingress?.push({ ports: [{ port: 1080 }] });
        policy(objects, 'orders-store').egress?.push({
          to: [{ podSelector: { matchLabels: { app: 'mail' } } }],
          ports: [{ port: 1080 }],
        });
      },
      reports: ['unneeded: anywhere -> mail:1080', 'unneeded: orders -> mail:1080'],
    },
    {
      fault: 'ingress to a service without routes',
      plant: (objects) => {
        const spec = policy(objects, 'expiration-store');
        spec.policyTypes.push('Ingress');
        spec.ingress = policy(objects, 'auth').ingress ?? [];
      },
      reports: ['unneeded: namespace ingress-nginx -> expiration:3000'],
    },
    {
      fault: 'a pod without DNS',
      plant: (objects) => {
        const but = { key: 'app', operator: 'NotIn', values: ['orders', 'web'] };
        policy(objects, 'dns').podSelector = { matchExpressions: [but] };
      },
      reports: [
        'missing: orders -> namespace kube-system:53',
        'missing: orders -> namespace kube-system:53/UDP',
        'missing: orders -> addresses 169.254.20.10/32:53',
        'missing: orders -> addresses 169.254.20.10/32:53/UDP',
      ],
    },
    {
      fault: 'a shop that can connect to the bus',
      plant: (objects) => {
        policy(objects, 'web').egress = [
          { to: [{ podSelector: { matchLabels: { app: 'nats' } } }], ports: [{ port: 4222 }] },
        ];
        policy(objects, 'nats').ingress?.push({ from: [{ podSelector: { matchLabels: { app: 'web' } } }] });
      },
      reports: ['unneeded: web -> nats:4222'],
    },
    {
      fault: 'a shop that can resolve names',
      plant: (objects) => (policy(objects, 'dns').podSelector = {}),
      reports: [
        'unneeded: web -> addresses 169.254.20.10/32:53',
        'unneeded: web -> addresses 169.254.20.10/32:53/UDP',
        'unneeded: web -> namespace kube-system:53',
        'unneeded: web -> namespace kube-system:53/UDP',
      ],
    },
    {
      fault: 'a shop that no browser reaches',
      plant: (objects) => without(objects, 'web'),
      reports: ['missing: namespace ingress-nginx -> web:3000'],
    },
    {
      fault: 'a pod without a policy',
      plant: (objects) => without(objects, 'default-deny'),
      reports: ['unneeded: anywhere -> expiration:any'],
    },
    {
      fault: 'services without monitoring',
      in: 'prod-observability',
      plant: (objects) =>
        (policy(objects, 'monitoring').podSelector = { matchLabels: { tier: 'service', app: 'orders' } }),
      reports: ['auth', 'tickets', 'expiration', 'payments', 'notifications'].flatMap((name) => [
        `missing: namespace monitoring -> ${name}:3000`,
        `missing: ${name} -> namespace monitoring:4318`,
      ]),
    },
    {
      fault: 'bus servers without a cluster',
      in: 'prod',
      plant: (objects) => without(objects, 'nats-cluster'),
      reports: ['missing: nats -> nats:6222'],
    },
  ],
});

// A pod that somebody adds to the namespace.
function stranger(objects: Manifest[]): Workload {
  const pod = structuredClone(named(objects, 'Deployment', 'orders-depl'));
  pod.metadata.name = 'stranger';
  pod.spec.template.metadata.labels = { app: 'stranger' };
  return pod;
}

rule('a pod without a policy of its own resolves names, and nothing else', {
  check: (objects, each) => wrongEdges([...objects, stranger([...objects])], each),
  controls: [
    {
      fault: 'pods that accept every connection',
      plant: (objects) => without(objects, 'default-deny'),
      reports: ['unneeded: anywhere -> expiration:any', 'unneeded: anywhere -> stranger:any'],
    },
    {
      fault: 'pods that connect to everything',
      plant: (objects) => {
        policy(objects, 'default-deny').policyTypes = ['Ingress'];
        policy(objects, 'dns').podSelector = {
          matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['stranger', 'web'] }],
        };
      },
      reports: [
        'unneeded: stranger -> anywhere:any',
        'missing: stranger -> namespace kube-system:53',
        'missing: stranger -> namespace kube-system:53/UDP',
        'missing: stranger -> addresses 169.254.20.10/32:53',
        'missing: stranger -> addresses 169.254.20.10/32:53/UDP',
      ],
    },
  ],
});

// By hand, so that a variable that a service gains does not open its policy unnoticed.
test.each([
  ['auth', ['auth-mongo:27017', 'nats:4222']],
  ['tickets', ['nats:4222', 'tickets-mongo:27017']],
  ['orders', ['nats:4222', 'orders-mongo:27017']],
  ['expiration', ['expiration-redis:6379', 'nats:4222']],
  ['payments', ['nats:4222', 'outside:443', 'payments-mongo:27017']],
  ['notifications', ['nats:4222', 'notifications-mongo:27017', 'outside:25', 'outside:465', 'outside:587']],
  ['web', []],
])('besides DNS, %s in production connects to %j only', (name, expected) => {
  const found = allowedEdges(objectsOf(variant('prod')))
    .map((edge) => edge.split(' -> '))
    .filter(([from, to]) => from === name && !/:53(\/UDP)?$/.test(to ?? ''))
    .map(([, to]) => to);
  expect(found).toEqual(expected);
});

rule('the addresses in the manifests match these edges', {
  check: wrongAddresses,
  controls: [
    {
      fault: 'the database of another service',
      plant: (objects) =>
        address(objects, 'MONGO_URI', 'mongodb://tickets-mongo-0.tickets-mongo-srv:27017/?replicaSet=rs0'),
      reports: ['unneeded: orders -> tickets-mongo:27017', 'missing: orders -> orders-mongo:27017'],
    },
    {
      fault: 'an unknown member of a replica set',
      plant: (objects) =>
        address(
          objects,
          'MONGO_URI',
          'mongodb://orders-mongo-0.orders-mongo-srv:27017,orders-mongo-1.orders-mongo-srv:27017',
        ),
      reports: ['unneeded: orders -> nothing (orders-mongo-1.orders-mongo-srv:27017)'],
    },
    {
      fault: 'a server in another namespace',
      plant: (objects) => address(objects, 'NATS_URL', 'nats://nats-srv.other.svc.cluster.local:4222'),
      reports: [
        'unneeded: orders -> nothing (nats-srv.other.svc.cluster.local:4222)',
        'missing: orders -> nats:4222',
      ],
    },
    {
      fault: 'an unknown host',
      plant: (objects) => address(objects, 'NATS_URL', 'nats://nats:4222'),
      reports: ['unneeded: orders -> nothing (nats:4222)', 'missing: orders -> nats:4222'],
    },
    {
      fault: 'another port',
      plant: (objects) => address(objects, 'NATS_URL', 'nats://nats-srv:4223'),
      reports: ['unneeded: orders -> nothing (nats-srv:4223)', 'missing: orders -> nats:4222'],
    },
  ],
});
