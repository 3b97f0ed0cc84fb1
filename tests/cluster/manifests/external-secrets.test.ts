// The component `external-secrets`.

import { containers, workloads, type Manifest } from './objects.js';
import { beforeRules, rule } from './rule.js';

beforeRules();

const external = ({ name }: { name: string }) => name.endsWith('external-secrets');
type ExternalSecret = Manifest & {
  spec: {
    target: { creationPolicy: string; deletionPolicy: string };
    dataFrom: { extract: { key: string } }[];
  };
};

function needed(objects: readonly Manifest[]): string[] {
  const names = workloads(objects).flatMap((workload) => [
    ...containers(workload).flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) =>
        valueFrom?.secretKeyRef && !valueFrom.secretKeyRef.optional ? [valueFrom.secretKeyRef.name] : [],
      ),
    ),
    ...(workload.spec.template.spec.volumes ?? []).flatMap(({ secret }) => secret?.secretName ?? []),
  ]);
  return [...new Set(names)].toSorted();
}

function faults(objects: readonly Manifest[]): string[] {
  const secrets = objects.filter(({ kind }) => kind === 'ExternalSecret') as ExternalSecret[];
  const names = secrets.map(({ metadata }) => metadata.name);
  const missing = needed(objects).filter((name) => !names.includes(name));
  const unneeded = names.filter((name) => !needed(objects).includes(name));
  const lost = secrets.filter(
    ({ spec: { target } }) => target.creationPolicy !== 'Orphan' || target.deletionPolicy !== 'Retain',
  );
  const misnamed = secrets.filter(({ metadata, spec }) => spec.dataFrom[0]?.extract.key !== metadata.name);
  return [
    ...missing.map((name) => `${name} has no source`),
    ...unneeded.map((name) => `no pod needs ${name}`),
    ...lost.map(({ metadata }) => `${metadata.name} is deleted with its source`),
    ...misnamed.map(({ metadata }) => `${metadata.name} comes from another entry`),
  ];
}

const secret = (objects: Manifest[], name: string) =>
  objects.find(({ kind, metadata }) => kind === 'ExternalSecret' && metadata.name === name) as ExternalSecret;

rule('every Secret that a pod needs has a source, and outlives it', {
  check: faults,
  for: external,
  controls: [
    {
      fault: 'a Secret without a source',
      in: 'prod-external-secrets',
      plant: (objects) => objects.splice(objects.indexOf(secret(objects, 'nats-users')), 1),
      reports: ['nats-users has no source'],
    },
    {
      fault: 'a source for nobody',
      in: 'prod-external-secrets',
      plant: (objects) => (secret(objects, 'smtp-secret').metadata.name = 'smtp'),
      reports: ['smtp-secret has no source', 'no pod needs smtp', 'smtp comes from another entry'],
    },
    {
      fault: 'a Secret that is deleted with its source',
      in: 'prod-external-secrets',
      plant: (objects) => (secret(objects, 'smtp-secret').spec.target.creationPolicy = 'Owner'),
      reports: ['smtp-secret is deleted with its source'],
    },
  ],
});
