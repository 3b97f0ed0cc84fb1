import { wrongAddresses, wrongEdges } from './edges.js';
import { mainContainer, named, type Manifest } from './objects.js';
import { beforeRules, objectsOf, rule } from './rule.js';
import { variant } from './variants.js';

beforeRules();

const policy = (objects: Manifest[], name: string) => named(objects, 'NetworkPolicy', name).spec;
const without = (objects: Manifest[], name: string) =>
  objects.splice(objects.indexOf(named(objects, 'NetworkPolicy', name)), 1);
const address = (objects: Manifest[], name: string, value: string) =>
  Object.assign(
    mainContainer(named(objects, 'Deployment', 'orders-depl')).env?.find((one) => one.name === name) ?? {},
    {
      value,
    },
  );

rule('the policies allow exactly the edges that the services declare', {
  check: wrongEdges,
  controls: [
    {
      of: 'a database whose owner may not leave for it',
      spoil: (objects) => policy(objects, 'orders').egress?.shift(),
      says: ['missing: orders -> orders-mongo:27017'],
    },
    {
      of: 'a database that does not let its owner in',
      spoil: (objects) => policy(objects, 'orders-mongo').ingress?.[0]?.from?.shift(),
      says: ['missing: orders -> orders-mongo:27017'],
    },
    {
      of: 'a service in the database of another',
      spoil: (objects) => {
        const peer = { podSelector: { matchLabels: { app: 'tickets' } } };
        policy(objects, 'orders-mongo').ingress?.[0]?.from?.push(peer);
        policy(objects, 'tickets').egress?.push({
          to: [
            { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['orders-mongo'] }] } },
          ],
        });
      },
      says: ['nobody needs tickets -> orders-mongo:27017'],
    },
    {
      of: 'a bus for everybody',
      spoil: (objects) => (policy(objects, 'nats').ingress ??= []).push({ ports: [{ port: 4222 }] }),
      says: ['nobody needs anywhere -> nats:4222'],
    },
    {
      of: 'another port',
      spoil: (objects) =>
        (policy(objects, 'expiration-redis').ingress ?? []).forEach((one) => (one.ports = [{ port: 6380 }])),
      says: ['missing: expiration -> expiration-redis:6379'],
    },
    {
      of: 'a way in for every namespace',
      spoil: (objects) =>
        (policy(objects, 'auth').ingress ?? []).forEach((one) => (one.from = [{ namespaceSelector: {} }])),
      says: ['nobody needs namespaces {} -> auth:3000', 'missing: namespace ingress-nginx -> auth:3000'],
    },
    {
      of: 'a way out to private networks',
      in: 'prod',
      spoil: (objects) =>
        (policy(objects, 'orders').egress ??= []).push({ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }),
      says: ['nobody needs orders -> addresses 10.0.0.0/8:any'],
    },
    {
      of: 'Stripe, where a card network stands in for it',
      spoil: (objects) => objects.push(named(objectsOf(variant('prod')), 'NetworkPolicy', 'payments-stripe')),
      says: ['nobody needs payments -> outside:443'],
    },
    {
      of: 'a service without routes behind the ingress',
      spoil: (objects) => {
        const spec = policy(objects, 'expiration');
        spec.policyTypes.push('Ingress');
        spec.ingress = policy(objects, 'auth').ingress ?? [];
      },
      says: ['nobody needs namespace ingress-nginx -> expiration:3000'],
    },
    {
      of: 'a pod that cannot ask for names',
      spoil: (objects) => {
        const but = { key: 'app', operator: 'NotIn', values: ['orders'] };
        policy(objects, 'dns').podSelector = { matchExpressions: [but] };
      },
      says: [
        'missing: orders -> namespace kube-system:53',
        'missing: orders -> namespace kube-system:53/UDP',
        'missing: orders -> addresses 169.254.20.10/32:53',
        'missing: orders -> addresses 169.254.20.10/32:53/UDP',
      ],
    },
    {
      of: 'a pod for which there is no policy',
      spoil: (objects) => without(objects, 'default-deny'),
      says: ['nobody needs anywhere -> expiration:any'],
    },
    {
      of: 'services that Prometheus does not reach, nor they a collector of traces',
      in: 'prod-observability',
      spoil: (objects) =>
        (policy(objects, 'monitoring').podSelector = { matchLabels: { tier: 'service', app: 'orders' } }),
      says: ['auth', 'tickets', 'expiration', 'payments'].flatMap((name) => [
        `missing: namespace monitoring -> ${name}:3000`,
        `missing: ${name} -> namespace monitoring:4318`,
      ]),
    },
    {
      of: 'servers of the bus apart',
      in: 'prod',
      spoil: (objects) => without(objects, 'nats-cluster'),
      says: ['missing: nats -> nats:6222'],
    },
  ],
});

rule('the addresses that the services are given are these edges', {
  check: wrongAddresses,
  controls: [
    {
      of: 'the database of another service',
      spoil: (objects) =>
        address(objects, 'MONGO_URI', 'mongodb://tickets-mongo-0.tickets-mongo-srv:27017/?replicaSet=rs0'),
      says: ['nobody needs orders -> tickets-mongo:27017', 'missing: orders -> orders-mongo:27017'],
    },
    {
      of: 'a member that there is not',
      spoil: (objects) =>
        address(
          objects,
          'MONGO_URI',
          'mongodb://orders-mongo-0.orders-mongo-srv:27017,orders-mongo-1.orders-mongo-srv:27017',
        ),
      says: ['nobody needs orders -> nothing (orders-mongo-1.orders-mongo-srv:27017)'],
    },
    {
      of: 'a server in another namespace',
      spoil: (objects) => address(objects, 'NATS_URL', 'nats://nats-srv.other.svc.cluster.local:4222'),
      says: [
        'nobody needs orders -> nothing (nats-srv.other.svc.cluster.local:4222)',
        'missing: orders -> nats:4222',
      ],
    },
    {
      of: 'another name',
      spoil: (objects) => address(objects, 'NATS_URL', 'nats://nats:4222'),
      says: ['nobody needs orders -> nothing (nats:4222)', 'missing: orders -> nats:4222'],
    },
    {
      of: 'another port',
      spoil: (objects) => address(objects, 'NATS_URL', 'nats://nats-srv:4223'),
      says: ['nobody needs orders -> nothing (nats-srv:4223)', 'missing: orders -> nats:4222'],
    },
  ],
});
