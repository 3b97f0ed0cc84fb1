// The stores have the members and the limits that the services count on.

import { declares, services } from './declared.js';
import { mainContainer, named, type Manifest } from './objects.js';
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
