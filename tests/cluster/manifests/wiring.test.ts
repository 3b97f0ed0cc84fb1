import { join } from 'node:path';
import { mainContainer, named, type Manifest } from './objects.js';
import { find, installingTakesMs } from './programs.js';
import { beforeRules, rule } from './rule.js';
import { objectsIn, render, root } from './variants.js';
import { danglingReferences, hiddenPods, looseServices, missingNames, wrongPorts } from './wiring.js';

beforeRules();

const service = (objects: Manifest[]) => named(objects, 'Service', 'orders-srv').spec;

rule('everything has the name under which it is known', {
  check: missingNames,
  controls: [
    {
      of: 'another name',
      spoil: (objects) => {
        named(objects, 'Deployment', 'auth-depl').metadata.name = 'auth';
        named(objects, 'Service', 'tickets-mongo-srv').metadata.name = 'tickets-mongo';
      },
      says: ['there is no Deployment auth-depl', 'there is no Service tickets-mongo-srv'],
    },
    {
      of: 'a name given twice',
      spoil: (objects) => objects.push(named(objects, 'Service', 'nats-srv')),
      says: ['there are two of Service nats-srv'],
    },
  ],
});

rule('a Service leads to ports of one kind of pods', {
  check: looseServices,
  controls: [
    {
      of: 'a selector that selects nothing',
      spoil: (objects) => (service(objects).selector = { app: 'order' }),
      says: ['orders-srv leads to 0 kinds of pods'],
    },
    {
      of: 'one that selects all services',
      spoil: (objects) => (service(objects).selector = { tier: 'service' }),
      says: ['orders-srv leads to 5 kinds of pods'],
    },
    {
      of: 'a port that is not open',
      spoil: (objects) => (service(objects).ports = [{ name: 'http', port: 3000, targetPort: 'web' }]),
      says: ['port 3000 of orders-srv leads to no port of orders-depl'],
    },
  ],
});

rule('a service listens where it is looked for', {
  check: wrongPorts,
  controls: [
    {
      of: 'another port',
      spoil: (objects) =>
        mainContainer(named(objects, 'Deployment', 'orders-depl')).env?.forEach((variable) => {
          if (variable.name === 'PORT') variable.value = '3001';
        }),
      says: ['orders: {"listens":"3001","container":"3000","service":"3000"}'],
    },
  ],
});

rule('whatever is referred to is there', {
  check: danglingReferences,
  controls: [
    {
      of: 'a missing ConfigMap',
      spoil: (objects) =>
        objects.splice(
          objects.findIndex(({ kind }) => kind === 'ConfigMap'),
          1,
        ),
      says: [expect.stringMatching(/^nats mounts nats-config-\w+, which there is not$/) as string],
    },
    {
      of: 'a Service that hides the members of a set',
      spoil: (objects) => delete named(objects, 'Service', 'nats-srv').spec.clusterIP,
      says: ['nats has no headless Service nats-srv'],
    },
  ],
});

rule('Prometheus may look for the pods', {
  check: hiddenPods,
  for: ({ observed }) => observed,
  controls: [
    {
      of: 'one who may not watch them',
      in: 'prod-observability',
      spoil: (objects) => named(objects, 'Role', 'monitoring').rules.forEach((one) => (one.verbs = ['list'])),
      says: ['Prometheus may not watch pods'],
    },
    {
      of: 'one who is in another namespace',
      in: 'prod-observability',
      spoil: (objects) =>
        named(objects, 'RoleBinding', 'monitoring').subjects.forEach(
          (one) => (one.name = 'system:serviceaccounts:prometheus'),
        ),
      says: ['Prometheus may not list pods', 'Prometheus may not watch pods'],
    },
  ],
});

describe('Prometheus mounts what we give it', () => {
  let objects: Manifest[];
  beforeAll(async () => {
    const folder = join(root, 'tests', 'cluster', 'overlays', 'monitoring');
    objects = objectsIn(render(await find('kustomize'), { folder }));
  }, installingTakesMs);

  test('in its own namespace', () => {
    expect(danglingReferences(objects)).toEqual([]);
  });

  test('…and not from the one of the services', () => {
    named(objects, 'ConfigMap', 'ticketing-prometheus').metadata.namespace = 'ticketing';
    expect(danglingReferences(objects)).toEqual([
      'prometheus mounts ticketing-prometheus, which there is not',
    ]);
  });
});
