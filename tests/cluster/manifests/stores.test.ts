import { wrongBus } from './bus.js';
import { mainContainer, named, ofKind, type Manifest } from './objects.js';
import { beforeRules, objectsOf, rule } from './rule.js';
import { foundStores, unreadyStores, wrongMembers, wrongTimers } from './stores.js';
import { variant, type Variant } from './variants.js';

beforeRules();

const bundled = ({ external }: Variant) => !external;

const nats = (objects: Manifest[]) => named(objects, 'StatefulSet', 'nats');
const set = (objects: Manifest[], name: string, value: string) =>
  Object.assign(
    mainContainer(named(objects, 'Deployment', 'orders-depl')).env?.find(
      (variable) => variable.name === name,
    ) ?? {},
    {
      value,
    },
  );

rule('Redis keeps every timer that it accepts, and accepts no more than fit its memory limit', {
  check: wrongTimers,
  for: bundled,
  controls: [
    {
      fault: 'a memory limit that the timers can exceed',
      in: 'dev',
      plant: (objects) => {
        const [redis] = named(objects, 'StatefulSet', 'expiration-redis').spec.template.spec.containers;
        redis?.args?.splice(redis.args.indexOf('--maxmemory'), 2, '--maxmemory', '250mb');
      },
      reports: ['timers may fill 250 of 256 MB'],
    },
  ],
});

rule('a service lists every member of its MongoDB: three in production', {
  check: wrongMembers,
  for: bundled,
  controls: [
    {
      fault: 'a missing member',
      in: 'prod',
      plant: (objects) => (named(objects, 'StatefulSet', 'orders-mongo').spec.replicas = 2),
      reports: ['orders-mongo has 2 members, not 3'],
    },
    {
      fault: 'a member that the service does not list',
      in: 'prod',
      plant: (objects) =>
        set(objects, 'MONGO_URI', 'mongodb://orders-mongo-0.orders-mongo-srv:27017/?replicaSet=rs0'),
      reports: ['MONGO_URI of orders is mongodb://orders-mongo-0.orders-mongo-srv:27017/?replicaSet=rs0'],
    },
    {
      fault: 'another name of the replica set',
      plant: (objects) =>
        mainContainer(named(objects, 'StatefulSet', 'auth-mongo')).args?.splice(1, 1, 'rs1'),
      reports: [
        'MONGO_URI of auth is mongodb://auth-mongo-0.auth-mongo-srv.ticketing.svc.cluster.local:27017/?replicaSet=rs0',
      ],
    },
    {
      fault: 'a replica set that no service initiates',
      plant: (objects) => set(objects, 'MONGO_INITIATE', 'false'),
      reports: ['MONGO_INITIATE of orders is false'],
    },
  ],
});

rule('the bus has one server, and JetStream in production three', {
  check: wrongBus,
  for: bundled,
  controls: [
    {
      fault: 'three servers of NATS Streaming',
      in: 'prod-nats-streaming',
      plant: (objects) => (nats(objects).spec.replicas = 3),
      reports: ['the bus has 3 servers, not 1'],
    },
    {
      fault: 'a command of the other server',
      in: 'prod-nats-streaming',
      plant: (objects) =>
        (mainContainer(nats(objects)).lifecycle = {
          preStop: { exec: { command: ['nats-server', '--signal'] } },
        }),
      reports: ['nats-server is missing in the image'],
    },
    {
      fault: 'another cluster ID',
      in: 'prod-nats-streaming',
      plant: (objects) => mainContainer(nats(objects)).args?.shift(),
      reports: ['auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'].map(
        (name) => `${name} uses the cluster ID ticketing`,
      ),
    },
    {
      fault: 'a service on the other bus',
      in: 'prod-nats-streaming',
      plant: (objects) => set(objects, 'EVENT_BUS', 'jetstream'),
      reports: ['orders uses jetstream'],
    },
    {
      fault: 'messages without replicas',
      in: 'prod',
      plant: (objects) => set(objects, 'NATS_REPLICAS', '1'),
      reports: ['orders asks for 1 replicas of a message'],
    },
    {
      fault: 'a server without a route',
      in: 'prod',
      plant: (objects) =>
        ofKind(objects, 'ConfigMap').forEach(({ data = {} }) => {
          data['nats.conf'] = data['nats.conf']?.replace('nats://nats-2.nats-srv:6222', '') ?? '';
        }),
      reports: ['the cluster routes are nats://nats-0.nats-srv:6222,nats://nats-1.nats-srv:6222'],
    },
  ],
});

rule('an installation with stores of its own runs none, and has their addresses from Secrets', {
  check: foundStores,
  for: ({ external }) => external,
  controls: [
    {
      fault: 'a store of the installation',
      in: 'prod-external',
      plant: (objects) => objects.push(nats(objectsOf(variant('prod')))),
      reports: ['nats is a store of the installation'],
    },
    {
      fault: 'an address in the manifest',
      in: 'prod-external',
      plant: (objects) =>
        mainContainer(named(objects, 'Deployment', 'orders-depl')).env?.forEach((variable) => {
          if (variable.name === 'MONGO_URI') delete variable.valueFrom;
        }),
      reports: ['MONGO_URI of orders is not from the Secret mongo-uris'],
    },
    {
      fault: 'a service that initiates the replica set of somebody else',
      in: 'prod-external',
      plant: (objects) =>
        mainContainer(named(objects, 'Deployment', 'orders-depl')).env?.push({
          name: 'MONGO_INITIATE',
          value: 'true',
        }),
      reports: ['orders initiates a replica set'],
    },
  ],
});

rule('a mongod is ready as PRIMARY or SECONDARY only, and is found before', {
  check: unreadyStores,
  for: bundled,
  controls: [
    {
      fault: 'a mongod that is ready when it listens',
      plant: (objects) => (mainContainer(named(objects, 'StatefulSet', 'orders-mongo')).readinessProbe = {}),
      reports: ['orders-mongo is ready without a set'],
    },
    {
      fault: 'a mongod that is found when it is ready only',
      plant: (objects) => delete named(objects, 'Service', 'orders-mongo-srv').spec.publishNotReadyAddresses,
      reports: ['orders-mongo is not found before it is ready'],
    },
    {
      fault: 'a NATS server that the garbage collector does not limit',
      plant: (objects) => delete mainContainer(nats(objects)).env,
      reports: ['GOMEMLIMIT of nats is undefined of 256 MiB'],
    },
    {
      fault: 'a NATS server that is killed before it collects garbage',
      in: 'prod',
      plant: (objects) =>
        mainContainer(nats(objects)).env?.forEach((variable) => {
          if (variable.name === 'GOMEMLIMIT') variable.value = '1000MiB';
        }),
      reports: ['GOMEMLIMIT of nats is 1000 of 1024 MiB'],
    },
  ],
});
