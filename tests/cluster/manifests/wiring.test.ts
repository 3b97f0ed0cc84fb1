import { join } from 'node:path';
import { mainContainer, named, type Manifest } from './objects.js';
import { find, installingTakesMs } from './programs.js';
import { beforeRules, rule } from './rule.js';
import { objectsIn, render, root } from './variants.js';
import { danglingReferences, hiddenPods, looseServices, missingNames, wrongPorts } from './wiring.js';

beforeRules();

const service = (objects: Manifest[]) => named(objects, 'Service', 'orders-srv').spec;

rule('every required name exists once', {
  check: missingNames,
  controls: [
    {
      fault: 'a wrong name',
      plant: (objects) => {
        named(objects, 'Deployment', 'auth-depl').metadata.name = 'auth';
        named(objects, 'Service', 'tickets-mongo-srv').metadata.name = 'tickets-mongo';
      },
      reports: ['there is no Deployment auth-depl', 'there is no Service tickets-mongo-srv'],
    },
    {
      fault: 'a duplicate name',
      plant: (objects) => objects.push(named(objects, 'Service', 'nats-srv')),
      reports: ['Service nats-srv exists twice'],
    },
  ],
});

rule('a Service selects one workload and its ports', {
  check: looseServices,
  controls: [
    {
      fault: 'a selector that selects nothing',
      plant: (objects) => (service(objects).selector = { app: 'order' }),
      reports: ['orders-srv selects 0 workloads'],
    },
    {
      fault: 'a selector that selects every service',
      plant: (objects) => (service(objects).selector = { tier: 'service' }),
      reports: ['orders-srv selects 6 workloads'],
    },
    {
      fault: 'an undeclared target port',
      plant: (objects) => (service(objects).ports = [{ name: 'http', port: 3000, targetPort: 'web' }]),
      reports: ['port 3000 of orders-srv leads to no port of orders-depl'],
    },
  ],
});

rule('a service listens on the port of its Service', {
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

rule('every reference resolves', {
  check: danglingReferences,
  controls: [
    {
      fault: 'a missing ConfigMap',
      plant: (objects) =>
        objects.splice(
          objects.findIndex(({ kind }) => kind === 'ConfigMap'),
          1,
        ),
      reports: [expect.stringMatching(/^nats mounts nats-config-\w+, which does not exist$/) as string],
    },
    {
      fault: 'a StatefulSet without a headless Service',
      plant: (objects) => delete named(objects, 'Service', 'nats-srv').spec.clusterIP,
      reports: ['nats has no headless Service nats-srv'],
    },
  ],
});

describe('Prometheus', () => {
  let rendered: Manifest[];
  let objects: Manifest[];
  beforeAll(async () => {
    const folder = join(root, 'tests', 'cluster', 'overlays', 'monitoring');
    rendered = objectsIn(render(await find('kustomize'), { folder }));
  }, installingTakesMs);
  beforeEach(() => (objects = structuredClone(rendered)));

  test('mounts its configuration from its own namespace, and may discover pods in all', () => {
    expect(danglingReferences(objects)).toEqual([]);
    expect(hiddenPods(objects)).toEqual([]);
  });

  test('reports a ConfigMap in another namespace', () => {
    named(objects, 'ConfigMap', 'ticketing-prometheus').metadata.namespace = 'ticketing';
    expect(danglingReferences(objects)).toEqual([
      'prometheus mounts ticketing-prometheus, which does not exist',
    ]);
  });

  test('reports a role without watch', () => {
    named(objects, 'ClusterRole', 'ticketing-monitoring').rules.forEach((grant) => (grant.verbs = ['list']));
    expect(hiddenPods(objects)).toEqual(['Prometheus may not watch pods']);
  });

  test('reports a binding for another namespace', () => {
    named(objects, 'ClusterRoleBinding', 'ticketing-monitoring').subjects.forEach(
      (subject) => (subject.name = 'system:serviceaccounts:prometheus'),
    );
    expect(hiddenPods(objects)).toEqual(['Prometheus may not list pods', 'Prometheus may not watch pods']);
  });
});
