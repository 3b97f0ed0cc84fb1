// That there are enough of each, apart from each other, and that not all go at once. The test cluster has one node and no
// metrics, so this is read from the manifests.

import { declares, services } from './declared.js';
import { named, ofKind, podLabels, selects, workloads, type Manifest, type Workload } from './objects.js';
import { domain, type Variant } from './variants.js';

export function wrongScaling(objects: readonly Manifest[], { production }: Variant): string[] {
  const scalers = ofKind(objects, 'HorizontalPodAutoscaler').map(({ spec }) => spec);
  return [
    ...scalers
      .filter(
        ({ scaleTargetRef: { kind, name } }) =>
          !objects.some((one) => one.kind === kind && one.metadata.name === name),
      )
      .map(({ scaleTargetRef }) => `there is no ${scaleTargetRef.kind} ${scaleTargetRef.name} to scale`),
    ...services.flatMap(({ name }) => {
      const { metadata, spec } = named(objects, 'Deployment', `${name}-depl`);
      const own = scalers.filter(({ scaleTargetRef }) => scaleTargetRef.name === metadata.name);
      const [scaler] = own;
      return [
        ...(own.length === (production ? 1 : 0) ? [] : [`${name} has ${own.length} autoscalers`]),
        ...(scaler && spec.replicas !== undefined ? [`${name} is scaled by two: it has replicas too`] : []),
        ...(scaler && (scaler.minReplicas ?? 1) < 2 ? [`${name} may be alone`] : []),
        ...(scaler && scaler.maxReplicas <= (scaler.minReplicas ?? 1) ? [`${name} cannot grow`] : []),
        ...(spec.strategy?.rollingUpdate?.maxUnavailable === 0
          ? []
          : [`${name} has fewer while it is replaced`]),
      ];
    }),
  ];
}

/** The stand-in for Stripe may go at any time. */
const matters = ({ metadata }: Workload) => metadata.name !== 'cards';

export function wrongBudgets(objects: readonly Manifest[]): string[] {
  const budgets = ofKind(objects, 'PodDisruptionBudget').map(({ spec }) => spec);
  return workloads(objects)
    .filter(matters)
    .flatMap((workload) => {
      const own = budgets.filter(({ selector }) => selector && selects(selector, podLabels(workload)));
      const { name } = workload.metadata;
      if (own.length !== 1) return [`${name} has ${own.length} disruption budgets`];
      // A minimum would stop the maintenance of nodes where there is one of it.
      return own[0]?.maxUnavailable === 1
        ? []
        : [`${name} may lose ${own[0]?.maxUnavailable ?? 'too few'} at once`];
    });
}

const severalAre = (workload: Workload) =>
  workload.metadata.labels?.['tier'] === 'service' || (workload.spec.replicas ?? 1) > 1;

export function crowds(objects: readonly Manifest[]): string[] {
  return workloads(objects)
    .filter(severalAre)
    .flatMap((workload) => {
      const { metadata, spec } = workload;
      const { name } = metadata;
      const spreads = spec.template.spec.topologySpreadConstraints ?? [];
      const self = spec.template.metadata.labels ?? {};
      const byNode = spreads.find(({ topologyKey }) => topologyKey === 'kubernetes.io/hostname');
      if (!byNode) return [`${name} may be on one node as a whole`];
      const isStore = workload.kind === 'StatefulSet';
      if (isStore && byNode.whenUnsatisfiable !== 'DoNotSchedule')
        return [`${name} may lose its majority with one node`];
      // What selects other pods too, or none, spreads nothing.
      const apart = spreads.every(
        ({ labelSelector: { matchLabels } }) => matchLabels && matchLabels['app'] === self['app'],
      );
      return apart ? [] : [`${name} is spread by other pods' labels`];
    });
}

export function wrongMembers(objects: readonly Manifest[], { production }: Variant): string[] {
  return services
    .filter((service) => declares(service, 'MONGO_URI'))
    .flatMap(({ name }) => {
      const { spec } = named(objects, 'StatefulSet', `${name}-mongo`);
      const [mongod] = spec.template.spec.containers;
      const set = mongod?.args?.[mongod.args.indexOf('--replSet') + 1];
      const count = production ? 3 : 1;
      // Full names, which stand in each pod's own hosts file.
      const members = Array.from(
        { length: count },
        (_, index) => `${name}-mongo-${index}.${name}-mongo-srv.${domain}:27017`,
      );
      const expected = {
        MONGO_URI: `mongodb://${members.join()}/?replicaSet=${set}`,
        MONGO_INITIATE: 'true',
      };
      const [container] = named(objects, 'Deployment', `${name}-depl`).spec.template.spec.containers;
      const valueOf = (key: string) => container?.env?.find((one) => one.name === key)?.value;
      return [
        ...(spec.replicas === count ? [] : [`${name}-mongo has ${spec.replicas} members, not ${count}`]),
        ...Object.entries(expected)
          .filter(([key, value]) => valueOf(key) !== value)
          .map(([key]) => `${key} of ${name} is ${valueOf(key)}`),
      ];
    });
}

/** Who is killed for its size loses what it has in hand, and dies of it again when it has read it back. */
export function wrongTimers(objects: readonly Manifest[]): string[] {
  const [redis] = named(objects, 'StatefulSet', 'expiration-redis').spec.template.spec.containers;
  const after = (option: string) => redis?.args?.[redis.args.indexOf(option) + 1] ?? '';
  const megabytes = (text: string) => Number.parseFloat(text) * (/^[\d.]+(Gi|gb)$/.test(text) ? 1_024 : 1);
  const [most, limit] = [
    megabytes(after('--maxmemory')),
    megabytes(redis?.resources?.limits?.['memory'] ?? ''),
  ];
  return [
    ...(after('--appendonly') === 'yes' ? [] : ['timers are not written down']),
    ...(after('--maxmemory-policy') === 'noeviction' ? [] : ['timers are thrown away']),
    ...(most < limit * 0.75 ? [] : [`timers fill ${most} of ${limit} MB`]),
  ];
}
