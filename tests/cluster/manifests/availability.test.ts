import { crowds, wrongBudgets, wrongMembers, wrongScaling, wrongTimers } from './availability.js';
import { wrongBus } from './bus.js';
import { mainContainer, named, ofKind, type Manifest } from './objects.js';
import { beforeRules, rule } from './rule.js';

beforeRules();

const deployment = (objects: Manifest[]) => named(objects, 'Deployment', 'orders-depl').spec;
const scaler = (objects: Manifest[]) => named(objects, 'HorizontalPodAutoscaler', 'orders').spec;
const budget = (objects: Manifest[]) => named(objects, 'PodDisruptionBudget', 'orders').spec;
const nats = (objects: Manifest[]) => named(objects, 'StatefulSet', 'nats');
const set = (objects: Manifest[], name: string, value: string) =>
  Object.assign(
    mainContainer(named(objects, 'Deployment', 'orders-depl')).env?.find((one) => one.name === name) ?? {},
    {
      value,
    },
  );

rule('in production an autoscaler, and nobody else, keeps two or more of each service', {
  check: wrongScaling,
  controls: [
    {
      of: 'replicas in the Deployment',
      in: 'prod',
      spoil: (objects) => (deployment(objects).replicas = 2),
      says: ['orders is scaled by two: it has replicas too'],
    },
    {
      of: 'one that is alone',
      in: 'prod',
      spoil: (objects) => delete scaler(objects).minReplicas,
      says: ['orders may be alone'],
    },
    {
      of: 'a fixed number',
      in: 'prod',
      spoil: (objects) => (scaler(objects).maxReplicas = 2),
      says: ['orders cannot grow'],
    },
    {
      of: 'an autoscaler of nothing',
      in: 'prod',
      spoil: (objects) => (scaler(objects).scaleTargetRef.name = 'orders'),
      says: ['there is no Deployment orders to scale', 'orders has 0 autoscalers'],
    },
    {
      of: 'an update that begins with less',
      spoil: (objects) => delete deployment(objects).strategy,
      says: ['orders has fewer while it is replaced'],
    },
  ],
});

rule('of each, one at a time may be taken away', {
  check: wrongBudgets,
  controls: [
    {
      of: 'a budget for nobody',
      spoil: (objects) => (budget(objects).selector = { matchLabels: { app: 'order' } }),
      says: ['orders-depl has 0 disruption budgets'],
    },
    {
      of: 'a budget for all',
      spoil: (objects) => (budget(objects).selector = { matchLabels: { tier: 'service' } }),
      says: ['auth', 'expiration', 'payments', 'tickets'].map(
        (name) => `${name}-depl has 2 disruption budgets`,
      ),
    },
    {
      of: 'all at once',
      spoil: (objects) => (budget(objects).maxUnavailable = '100%'),
      says: ['orders-depl may lose 100% at once'],
    },
  ],
});

rule('those of which there are several are on several nodes', {
  check: crowds,
  controls: [
    {
      of: 'a service on one node',
      spoil: (objects) => delete deployment(objects).template.spec.topologySpreadConstraints,
      says: ['orders-depl may be on one node as a whole'],
    },
    {
      of: 'a set that may be on one node',
      in: 'prod',
      spoil: (objects) =>
        named(objects, 'StatefulSet', 'auth-mongo').spec.template.spec.topologySpreadConstraints?.forEach(
          (spread) => (spread.whenUnsatisfiable = 'ScheduleAnyway'),
        ),
      says: ['auth-mongo may lose its majority with one node'],
    },
    {
      of: 'a set that is spread by nothing',
      in: 'prod',
      spoil: (objects) =>
        named(objects, 'StatefulSet', 'auth-mongo').spec.template.spec.topologySpreadConstraints?.forEach(
          (spread) => (spread.labelSelector = {}),
        ),
      says: ["auth-mongo is spread by other pods' labels"],
    },
  ],
});

rule('Redis keeps all timers that it takes, and takes no more than it can hold', {
  check: wrongTimers,
  controls: [
    {
      of: 'a Redis that is killed for its size',
      in: 'dev',
      spoil: (objects) => {
        const [redis] = named(objects, 'StatefulSet', 'expiration-redis').spec.template.spec.containers;
        redis?.args?.splice(redis.args.indexOf('--maxmemory'), 2, '--maxmemory', '250mb');
      },
      says: ['timers fill 250 of 256 MB'],
    },
  ],
});

rule('a service knows all members of its MongoDB, in production three', {
  check: wrongMembers,
  controls: [
    {
      of: 'a member fewer',
      in: 'prod',
      spoil: (objects) => (named(objects, 'StatefulSet', 'orders-mongo').spec.replicas = 2),
      says: ['orders-mongo has 2 members, not 3'],
    },
    {
      of: 'a member that its service does not know',
      in: 'prod',
      spoil: (objects) =>
        set(objects, 'MONGO_URI', 'mongodb://orders-mongo-0.orders-mongo-srv:27017/?replicaSet=rs0'),
      says: ['MONGO_URI of orders is mongodb://orders-mongo-0.orders-mongo-srv:27017/?replicaSet=rs0'],
    },
    {
      of: 'a set of another name',
      spoil: (objects) =>
        mainContainer(named(objects, 'StatefulSet', 'auth-mongo')).args?.splice(1, 1, 'rs1'),
      says: [
        'MONGO_URI of auth is mongodb://auth-mongo-0.auth-mongo-srv.ticketing.svc.cluster.local:27017/?replicaSet=rs0',
      ],
    },
    {
      of: 'a set that nobody initiates',
      spoil: (objects) => set(objects, 'MONGO_INITIATE', 'false'),
      says: ['MONGO_INITIATE of orders is false'],
    },
  ],
});

rule('the bus has the servers that the services count on: one, or JetStream in production three', {
  check: wrongBus,
  controls: [
    {
      of: 'three servers of NATS Streaming',
      in: 'prod-nats-streaming',
      spoil: (objects) => (nats(objects).spec.replicas = 3),
      says: ['there are 3 servers of the bus, not 1'],
    },
    {
      of: "the other server's program",
      in: 'prod-nats-streaming',
      spoil: (objects) =>
        (mainContainer(nats(objects)).lifecycle = {
          preStop: { exec: { command: ['nats-server', '--signal'] } },
        }),
      says: ['nats-server is not in the image'],
    },
    {
      of: 'another cluster',
      in: 'prod-nats-streaming',
      spoil: (objects) => mainContainer(nats(objects)).args?.shift(),
      says: ['auth', 'tickets', 'orders', 'expiration', 'payments'].map(
        (name) => `${name} looks for the cluster ticketing`,
      ),
    },
    {
      of: 'a service on the other bus',
      in: 'prod-nats-streaming',
      spoil: (objects) => set(objects, 'EVENT_BUS', 'jetstream'),
      says: ['orders speaks to jetstream'],
    },
    {
      of: 'messages on one server only',
      in: 'prod',
      spoil: (objects) => set(objects, 'NATS_REPLICAS', '1'),
      says: ['orders wants 1 copies of a message'],
    },
    {
      of: 'a server that the others do not know',
      in: 'prod',
      spoil: (objects) =>
        ofKind(objects, 'ConfigMap').forEach(({ data = {} }) => {
          data['nats.conf'] = data['nats.conf']?.replace('nats://nats-2.nats-srv:6222', '') ?? '';
        }),
      says: ["the servers' routes are nats://nats-0.nats-srv:6222,nats://nats-1.nats-srv:6222"],
    },
  ],
});
