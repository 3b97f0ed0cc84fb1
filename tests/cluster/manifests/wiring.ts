// Required names exist, and every reference between objects resolves.

import { configOf, deployables, services } from './declared.js';
import { containers, ofKind, podLabels, selects, workloads, type Manifest } from './objects.js';
import type { Variant } from './variants.js';

export function missingNames(objects: readonly Manifest[], { external }: Variant): string[] {
  const stores = services
    .filter(({ config }) => 'MONGO_URI' in config.shape)
    .map(({ name }) => `Service ${name}-mongo-srv`);
  const expected = [
    ...deployables.flatMap(({ name }) => [`Deployment ${name}-depl`, `Service ${name}-srv`]),
    ...(external ? [] : [...stores, 'Service nats-srv', 'Service expiration-redis-srv']),
  ];
  const there = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return [
    ...expected.filter((name) => !there.includes(name)).map((name) => `there is no ${name}`),
    ...there.filter((name, index) => there.indexOf(name) !== index).map((name) => `${name} exists twice`),
  ];
}

/** A Service must select the pods of one workload and use their ports. */
export function looseServices(objects: readonly Manifest[]): string[] {
  return ofKind(objects, 'Service').flatMap(({ metadata: { name }, spec }) => {
    const targets = workloads(objects).filter(
      (workload) => spec.selector && selects({ matchLabels: spec.selector }, podLabels(workload)),
    );
    const [target] = targets;
    if (!target || targets.length > 1) return [`${name} selects ${targets.length} workloads`];
    const open = containers(target).flatMap(({ ports = [] }) => ports);
    return spec.ports
      .filter(
        ({ port, targetPort = port }) =>
          !open.some((declared) => [declared.name, declared.containerPort].includes(targetPort)),
      )
      .map(({ port }) => `port ${port} of ${name} leads to no port of ${target.metadata.name}`);
  });
}

/** Compares a service's configured port with its container and its Service. */
export function wrongPorts(objects: readonly Manifest[]): string[] {
  return deployables.flatMap((service) => {
    const { name } = service;
    const listens = String(configOf(objects, service)['PORT']);
    const ofContainer = workloads(objects)
      .filter(({ metadata }) => metadata.name === `${name}-depl`)
      .flatMap((workload) =>
        containers(workload).flatMap(({ ports = [] }) => ports.map((open) => open.containerPort)),
      );
    const ofService = ofKind(objects, 'Service')
      .filter(({ metadata }) => metadata.name === `${name}-srv`)
      .flatMap(({ spec }) => spec.ports.map((open) => open.port));
    const ports = { listens, container: ofContainer.join(), service: ofService.join() };
    return Object.values(ports).every((port) => port === '3000') ? [] : [`${name}: ${JSON.stringify(ports)}`];
  });
}

export function danglingReferences(objects: readonly Manifest[]): string[] {
  // A pod mounts only ConfigMaps of its own namespace.
  const maps = ofKind(objects, 'ConfigMap').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const headless = ofKind(objects, 'Service').filter(({ spec }) => spec.clusterIP === 'None');
  return workloads(objects).flatMap((workload) => {
    const { metadata, spec } = workload;
    const { volumes = [] } = spec.template.spec;
    return [
      ...(selects(spec.selector, podLabels(workload))
        ? []
        : [`${metadata.name} does not select its own pods`]),
      ...volumes
        .filter(({ configMap }) => configMap && !maps.includes(`${metadata.namespace}/${configMap.name}`))
        .map(({ configMap }) => `${metadata.name} mounts ${configMap?.name}, which does not exist`),
      ...(workload.kind === 'StatefulSet' &&
      !headless.some((service) => service.metadata.name === spec.serviceName)
        ? [`${metadata.name} has no headless Service ${spec.serviceName}`]
        : []),
    ];
  });
}

/** Prometheus must be able to discover pods of every namespace, under any ServiceAccount of its own. */
export function hiddenPods(objects: readonly Manifest[]): string[] {
  const granted = ofKind(objects, 'ClusterRoleBinding')
    .filter(({ subjects }) => subjects.some(({ name }) => name === 'system:serviceaccounts:monitoring'))
    .flatMap(({ roleRef }) =>
      ofKind(objects, 'ClusterRole').filter(({ metadata }) => metadata.name === roleRef.name),
    )
    .flatMap(({ rules }) => rules.filter(({ resources }) => resources.includes('pods')))
    .flatMap(({ verbs }) => verbs);
  return ['list', 'watch']
    .filter((verb) => !granted.includes(verb))
    .map((verb) => `Prometheus may not ${verb} pods`);
}
