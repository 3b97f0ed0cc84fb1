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
      fault: 'another name',
      plant: (objects) => {
        named(objects, 'Deployment', 'auth-depl').metadata.name = 'auth';
        named(objects, 'Service', 'tickets-mongo-srv').metadata.name = 'tickets-mongo';
      },
      reports: ['there is no Deployment auth-depl', 'there is no Service tickets-mongo-srv'],
    },
    {
      fault: 'a name given twice',
      plant: (objects) => objects.push(named(objects, 'Service', 'nats-srv')),
      reports: ['there are two of Service nats-srv'],
    },
  ],
});

rule('a Service leads to ports of one kind of pods', {
  check: looseServices,
  controls: [
    {
      fault: 'a selector that selects nothing',
      plant: (objects) => (service(objects).selector = { app: 'order' }),
      reports: ['orders-srv leads to 0 kinds of pods'],
    },
    {
      fault: 'one that selects all services',
      plant: (objects) => (service(objects).selector = { tier: 'service' }),
      reports: ['orders-srv leads to 5 kinds of pods'],
    },
    {
      fault: 'a port that is not open',
      plant: (objects) => (service(objects).ports = [{ name: 'http', port: 3000, targetPort: 'web' }]),
      reports: ['port 3000 of orders-srv leads to no port of orders-depl'],
    },
  ],
});

rule('a service listens where it is looked for', {
  check: wrongPorts,
  controls: [
    {
      fault: 'another port',
      plant: (objects) =>
        mainContainer(named(objects, 'Deployment', 'orders-depl')).env?.forEach((variable) => {
          if (variable.name === 'PORT') variable.value = '3001';
        }),
      reports: ['orders: {"listens":"3001","container":"3000","service":"3000"}'],
    },
  ],
});

rule('whatever is referred to is there', {
  check: danglingReferences,
  controls: [
    {
      fault: 'a missing ConfigMap',
      plant: (objects) =>
        objects.splice(
          objects.findIndex(({ kind }) => kind === 'ConfigMap'),
          1,
        ),
      reports: [expect.stringMatching(/^nats mounts nats-config-\w+, which there is not$/) as string],
    },
    {
      fault: 'a Service that hides the members of a set',
      plant: (objects) => delete named(objects, 'Service', 'nats-srv').spec.clusterIP,
      reports: ['nats has no headless Service nats-srv'],
    },
  ],
});

rule('Prometheus may look for the pods', {
  check: hiddenPods,
  for: ({ observed }) => observed,
  controls: [
    {
      fault: 'one who may not watch them',
      in: 'prod-observability',
      plant: (objects) => named(objects, 'Role', 'monitoring').rules.forEach((one) => (one.verbs = ['list'])),
      reports: ['Prometheus may not watch pods'],
    },
    {
      fault: 'one who is in another namespace',
      in: 'prod-observability',
      plant: (objects) =>
        named(objects, 'RoleBinding', 'monitoring').subjects.forEach(
          (one) => (one.name = 'system:serviceaccounts:prometheus'),
        ),
      reports: ['Prometheus may not list pods', 'Prometheus may not watch pods'],
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
