// The stores have the members and the limits that the services count on.

import { declares, services } from './declared.js';
import { mainContainer, named, ofKind, type Manifest } from './objects.js';
import { variablesOf } from './variables.js';
import type { Variant } from './variants.js';

export function wrongMembers(objects: readonly Manifest[], { production }: Variant): string[] {
  return services
    .filter((service) => declares(service, 'MONGO_URI'))
    .flatMap(({ name }) => {
      const { spec } = named(objects, 'StatefulSet', `${name}-mongo`);
      const deployment = named(objects, 'Deployment', `${name}-depl`);
      const [mongod] = spec.template.spec.containers;
      const set = mongod?.args?.[mongod.args.indexOf('--replSet') + 1];
      const count = production ? 3 : 1;
      // The full names, as each pod's hosts file has them.
      const members = Array.from(
        { length: count },
        (_, index) =>
          `${name}-mongo-${index}.${name}-mongo-srv.${deployment.metadata.namespace}.svc.cluster.local:27017`,
      );
      const expected = {
        MONGO_URI: production
          ? `mongodb://${name}:mongo-users.${name}@${members.join()}/?replicaSet=${set}&authSource=admin&tls=true&tlsCAFile=/etc/authority/ca.crt`
          : `mongodb://${members.join()}/?replicaSet=${set}`,
        MONGO_INITIATE: 'true',
      };
      const variables = variablesOf(mainContainer(deployment), deployment);
      return [
        ...(spec.replicas === count ? [] : [`${name}-mongo has ${spec.replicas} members, not ${count}`]),
        ...Object.entries(expected)
          .filter(([key, value]) => variables.get(key) !== value)
          .map(([key]) => `${key} of ${name} is ${variables.get(key)}`),
      ];
    });
}

/** A Redis that the kernel kills for its size loses commands, and would be killed again after it reads its file. */
export function wrongTimers(objects: readonly Manifest[]): string[] {
  const [redis] = named(objects, 'StatefulSet', 'expiration-redis').spec.template.spec.containers;
  const after = (option: string) => redis?.args?.[redis.args.indexOf(option) + 1] ?? '';
  const megabytes = (text: string) => Number.parseFloat(text) * (/^[\d.]+(Gi|gb)$/.test(text) ? 1_024 : 1);
  const [most, limit] = [
    megabytes(after('--maxmemory')),
    megabytes(redis?.resources?.limits?.['memory'] ?? ''),
  ];
  return [
    ...(after('--appendonly') === 'yes' ? [] : ['timers are not persisted']),
    ...(after('--maxmemory-policy') === 'noeviction' ? [] : ['timers may be evicted']),
    ...(most < limit * 0.75 ? [] : [`timers may fill ${most} of ${limit} MB`]),
  ];
}

const addresses = { MONGO_URI: 'mongo-uris', NATS_URL: 'nats-urls', REDIS_URL: 'redis-urls' };

/** The stores of an installation that should bring its own. */
export function foundStores(objects: readonly Manifest[]): string[] {
  return [
    ...ofKind(objects, 'StatefulSet').map(
      ({ metadata }) => `${metadata.name} is a store of the installation`,
    ),
    ...services.flatMap((service) => {
      const { name } = service;
      const { env = [] } = mainContainer(named(objects, 'Deployment', `${name}-depl`));
      const sourceOf = (variable: string) =>
        env.find((entry) => entry.name === variable)?.valueFrom?.secretKeyRef?.name;
      return [
        ...Object.entries(addresses)
          .filter(([variable, secret]) => declares(service, variable) && sourceOf(variable) !== secret)
          .map(([variable, secret]) => `${variable} of ${name} is not from the Secret ${secret}`),
        ...(env.some((entry) => entry.name === 'MONGO_INITIATE') ? [`${name} initiates a replica set`] : []),
      ];
    }),
  ];
}

/** servers-start.service.test.ts runs the probe of MongoDB. */
export function unreadyStores(objects: readonly Manifest[], { streaming }: Variant): string[] {
  const stores = services
    .filter((service) => declares(service, 'MONGO_URI'))
    .map(({ name }) => `${name}-mongo`);
  return [
    ...stores.flatMap((name) => {
      const probe =
        mainContainer(named(objects, 'StatefulSet', name)).readinessProbe?.exec?.command.at(-1) ?? '';
      const { publishNotReadyAddresses: isFound } = named(objects, 'Service', `${name}-srv`).spec;
      return [
        ...(/isWritablePrimary/.test(probe) ? [] : [`${name} is ready without a set`]),
        ...(isFound ? [] : [`${name} is not found before it is ready`]),
      ];
    }),
    ...(streaming ? [] : wrongMemoryOfNats(objects)),
  ];
}

// Go collects garbage more often near GOMEMLIMIT; the kernel kills the server at the container's memory limit.
function wrongMemoryOfNats(objects: readonly Manifest[]): string[] {
  const container = mainContainer(named(objects, 'StatefulSet', 'nats'));
  const mebibytes = (text = '') => Number.parseFloat(text) * (/^[\d.]+Gi/.test(text) ? 1_024 : 1);
  const value = container.env?.find(({ name }) => name === 'GOMEMLIMIT')?.value;
  const limit = mebibytes(container.resources?.limits?.['memory']);
  const isFitting = mebibytes(value) >= limit * 0.6 && mebibytes(value) <= limit * 0.9;
  return isFitting ? [] : [`GOMEMLIMIT of nats is ${value && mebibytes(value)} of ${limit} MiB`];
}
