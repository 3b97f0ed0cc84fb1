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
      fault: 'a database whose owner may not leave for it',
      plant: (objects) => policy(objects, 'orders').egress?.shift(),
      reports: ['missing: orders -> orders-mongo:27017'],
    },
    {
      fault: 'a database that does not let its owner in',
      plant: (objects) => policy(objects, 'orders-mongo').ingress?.[0]?.from?.shift(),
      reports: ['missing: orders -> orders-mongo:27017'],
    },
    {
      fault: 'a service in the database of another',
      plant: (objects) => {
        const peer = { podSelector: { matchLabels: { app: 'tickets' } } };
        policy(objects, 'orders-mongo').ingress?.[0]?.from?.push(peer);
        policy(objects, 'tickets').egress?.push({
          to: [
            { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['orders-mongo'] }] } },
          ],
        });
      },
      reports: ['nobody needs tickets -> orders-mongo:27017'],
    },
    {
      fault: 'a bus for everybody',
      plant: (objects) => (policy(objects, 'nats').ingress ??= []).push({ ports: [{ port: 4222 }] }),
      reports: ['nobody needs anywhere -> nats:4222'],
    },
    {
      fault: 'another port',
      plant: (objects) =>
        (policy(objects, 'expiration-redis').ingress ?? []).forEach((one) => (one.ports = [{ port: 6380 }])),
      reports: ['missing: expiration -> expiration-redis:6379'],
    },
    {
      fault: 'a way in for every namespace',
      plant: (objects) =>
        (policy(objects, 'auth').ingress ?? []).forEach((one) => (one.from = [{ namespaceSelector: {} }])),
      reports: ['nobody needs namespaces {} -> auth:3000', 'missing: namespace ingress-nginx -> auth:3000'],
    },
    {
      fault: 'a way out to private networks',
      in: 'prod',
      plant: (objects) =>
        (policy(objects, 'orders').egress ??= []).push({ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }),
      reports: ['nobody needs orders -> addresses 10.0.0.0/8:any'],
    },
    {
      fault: 'Stripe, where a card network stands in for it',
      plant: (objects) => objects.push(named(objectsOf(variant('prod')), 'NetworkPolicy', 'payments-stripe')),
      reports: ['nobody needs payments -> outside:443'],
    },
    {
      fault: 'a service without routes behind the ingress',
      plant: (objects) => {
        const spec = policy(objects, 'expiration');
        spec.policyTypes.push('Ingress');
        spec.ingress = policy(objects, 'auth').ingress ?? [];
      },
      reports: ['nobody needs namespace ingress-nginx -> expiration:3000'],
    },
    {
      fault: 'a pod that cannot ask for names',
      plant: (objects) => {
        const but = { key: 'app', operator: 'NotIn', values: ['orders'] };
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
      fault: 'a pod for which there is no policy',
      plant: (objects) => without(objects, 'default-deny'),
      reports: ['nobody needs anywhere -> expiration:any'],
    },
    {
      fault: 'services that Prometheus does not reach, nor they a collector of traces',
      in: 'prod-observability',
      plant: (objects) =>
        (policy(objects, 'monitoring').podSelector = { matchLabels: { tier: 'service', app: 'orders' } }),
      reports: ['auth', 'tickets', 'expiration', 'payments'].flatMap((name) => [
        `missing: namespace monitoring -> ${name}:3000`,
        `missing: ${name} -> namespace monitoring:4318`,
      ]),
    },
    {
      fault: 'servers of the bus apart',
      in: 'prod',
      plant: (objects) => without(objects, 'nats-cluster'),
      reports: ['missing: nats -> nats:6222'],
    },
  ],
});

rule('the addresses that the services are given are these edges', {
  check: wrongAddresses,
  controls: [
    {
      fault: 'the database of another service',
      plant: (objects) =>
        address(objects, 'MONGO_URI', 'mongodb://tickets-mongo-0.tickets-mongo-srv:27017/?replicaSet=rs0'),
      reports: ['nobody needs orders -> tickets-mongo:27017', 'missing: orders -> orders-mongo:27017'],
    },
    {
      fault: 'a member that there is not',
      plant: (objects) =>
        address(
          objects,
          'MONGO_URI',
          'mongodb://orders-mongo-0.orders-mongo-srv:27017,orders-mongo-1.orders-mongo-srv:27017',
        ),
      reports: ['nobody needs orders -> nothing (orders-mongo-1.orders-mongo-srv:27017)'],
    },
    {
      fault: 'a server in another namespace',
      plant: (objects) => address(objects, 'NATS_URL', 'nats://nats-srv.other.svc.cluster.local:4222'),
      reports: [
        'nobody needs orders -> nothing (nats-srv.other.svc.cluster.local:4222)',
        'missing: orders -> nats:4222',
      ],
    },
    {
      fault: 'another name',
      plant: (objects) => address(objects, 'NATS_URL', 'nats://nats:4222'),
      reports: ['nobody needs orders -> nothing (nats:4222)', 'missing: orders -> nats:4222'],
    },
    {
      fault: 'another port',
      plant: (objects) => address(objects, 'NATS_URL', 'nats://nats-srv:4223'),
      reports: ['nobody needs orders -> nothing (nats-srv:4223)', 'missing: orders -> nats:4222'],
    },
  ],
});
