// The examples of stores, as far as they can be checked without their operators.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { declares, services } from './declared.js';
import { ofKind } from './objects.js';
import { find, installingTakesMs } from './programs.js';
import { invalidObjects } from './tools.js';
import { objectsIn, render, root } from './variants.js';

const folder = join(root, 'infra', 'k8s', 'examples');
const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');
const withMongo = services.filter((service) => declares(service, 'MONGO_URI')).map(({ name }) => name);

let kubeconform: string;
let kustomize: string;
beforeAll(async () => {
  [kubeconform, kustomize] = [await find('kubeconform'), await find('kustomize')];
}, installingTakesMs);

test("the MongoDB of the operator matches the operator's schema and has a user for each database", () => {
  const yaml = read('mongodb-community-operator', 'mongodb.yaml');
  expect(invalidObjects(kubeconform, yaml)).toEqual([]);
  expect(invalidObjects(kubeconform, yaml.replace('members:', 'replicas:'))).toEqual([
    expect.stringContaining("'replicas' not allowed"),
  ]);
  type User = { name: string; roles: { name: string; db: string }[] };
  const { spec } = parse(yaml) as { spec: { users: User[] } };
  const rights = spec.users.map(({ name, roles }) =>
    [name, ...roles.flatMap((role) => [role.name, role.db])].join(' '),
  );
  expect(new Set(rights)).toEqual(new Set(withMongo.map((name) => `${name} readWrite ticketing-${name}`)));
});

test('the values of the NATS chart have every password that the generated permissions name', () => {
  type Values = { container: { env: Record<string, { valueFrom?: { secretKeyRef: { key: string } } }> } };
  const { container } = parse(read('nats-chart', 'values.yaml')) as Values;
  const generated = join(root, 'infra', 'k8s', 'components', 'authenticated', 'authorization.conf');
  const named = new Set(readFileSync(generated, 'utf8').match(/NATS_PASSWORD_\w+/g));
  expect(named.size).toBeGreaterThan(services.length);
  for (const variable of named) {
    const key = container.env[variable]?.valueFrom?.secretKeyRef.key;
    expect(key).toBe(variable.replace('NATS_PASSWORD_', '').toLowerCase());
  }
});

test("KEDA's objects match its schema, and no Deployment has two autoscalers", () => {
  const yaml = render(kustomize, { folder: join(folder, 'keda') });
  expect(invalidObjects(kubeconform, yaml)).toEqual([]);
  const objects = objectsIn(yaml);
  const byCpu = ofKind(objects, 'HorizontalPodAutoscaler').map(({ spec }) => spec.scaleTargetRef.name);
  const byLag = objects
    .filter(({ kind }) => kind === 'ScaledObject')
    .map(
      (object) =>
        (object as unknown as { spec: { scaleTargetRef: { name: string } } }).spec.scaleTargetRef.name,
    );
  const all = ofKind(objects, 'Deployment').map(({ metadata }) => metadata.name);
  expect([...byCpu, ...byLag].toSorted()).toEqual(all.toSorted());
});
