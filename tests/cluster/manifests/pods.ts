// What each pod is allowed, and given: the restricted Pod Security Standard and more, resources, time to end.

import { configOf, containerOf, services } from './declared.js';
import {
  containers,
  named,
  ofKind,
  workloads,
  type Container,
  type Manifest,
  type Workload,
} from './objects.js';
import type { Variant } from './variants.js';

/** In `dev` changed sources are put into the services' containers. */
const mayWrite = ({ metadata: { labels } }: Workload, { production }: Variant) =>
  !production && labels?.['tier'] === 'service';

export function unsafePods(objects: readonly Manifest[], variant: Variant): string[] {
  return workloads(objects).flatMap((workload) => {
    const { spec } = workload.spec.template;
    const pod = spec.securityContext;
    const ofPod = [
      ...(pod?.runAsNonRoot === true && pod.runAsUser !== 0 ? [] : ['may run as root']),
      ...(pod?.seccompProfile?.type === 'RuntimeDefault' ? [] : ['has no seccomp profile']),
      ...(spec.hostNetwork || spec.hostPID || spec.hostIPC ? ['takes part in its host'] : []),
      ...(spec.volumes?.some(({ hostPath }) => hostPath) ? ['has files of its host'] : []),
      ...(spec.automountServiceAccountToken === false ? [] : ["has its ServiceAccount's token"]),
    ];
    const ofContainers = containers(workload).flatMap((container) =>
      unsafe(container, mayWrite(workload, variant)),
    );
    return [...ofPod, ...ofContainers].map((fault) => `${workload.metadata.name} ${fault}`);
  });
}

function unsafe({ securityContext: own }: Container, writes: boolean): string[] {
  const { drop = [], add = [] } = own?.capabilities ?? {};
  return [
    ...(own?.allowPrivilegeEscalation === false && !own.privileged ? [] : ['may become more than it is']),
    ...(drop.includes('ALL') && add.length === 0 ? [] : ['has capabilities']),
    ...(own?.runAsNonRoot === false || own?.runAsUser === 0 ? ['may run as root'] : []),
    ...(own?.seccompProfile && own.seccompProfile.type !== 'RuntimeDefault'
      ? ['has no seccomp profile']
      : []),
    ...(own?.readOnlyRootFilesystem === true || writes ? [] : ['may write to its root filesystem']),
  ];
}

export function unrestrictedNamespaces(objects: readonly Manifest[]): string[] {
  const modes = ['enforce', 'warn', 'audit'];
  return [
    ...ofKind(objects, 'Namespace').flatMap(({ metadata: { name, labels } }) =>
      modes
        .filter((mode) => labels?.[`pod-security.kubernetes.io/${mode}`] !== 'restricted')
        .map((mode) => `${name} does not ${mode} the restricted standard`),
    ),
    ...objects
      .filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'ticketing')
      .map(({ kind, metadata }) => `${kind} ${metadata.name} is in ${metadata.namespace ?? 'no namespace'}`),
  ];
}

export function wrongAccounts(objects: readonly Manifest[]): string[] {
  return [
    ...ofKind(objects, 'ServiceAccount')
      .filter((account) => account.automountServiceAccountToken !== false)
      .map(({ metadata }) => `ServiceAccount ${metadata.name} gives its token away`),
    ...services
      .filter(({ name }) => {
        const { spec } = named(objects, 'Deployment', `${name}-depl`).spec.template;
        const exists = ofKind(objects, 'ServiceAccount').some(({ metadata }) => metadata.name === name);
        return !exists || spec.serviceAccountName !== name;
      })
      .map(({ name }) => `${name} has no ServiceAccount of its own`),
  ];
}

export function wrongResources(objects: readonly Manifest[]): string[] {
  return workloads(objects).flatMap((workload) =>
    containers(workload).flatMap(({ resources: { requests = {}, limits = {} } = {} }) => {
      const { name } = workload.metadata;
      return [
        ...['cpu', 'memory'].filter((one) => !requests[one]).map((one) => `${name} requests no ${one}`),
        ...(limits['memory'] ? [] : [`${name} has no limit of memory`]),
        // It would slow down who is busy while others are idle.
        ...(limits['cpu'] ? [`${name} has a limit of CPU`] : []),
      ];
    }),
  );
}

/** What is in hand may take this long, after both delays. */
const endsWithinSeconds = 25;

export function hastyEnds(objects: readonly Manifest[]): string[] {
  return services.flatMap((service) => {
    const { name } = service;
    const { spec } = named(objects, 'Deployment', `${name}-depl`).spec.template;
    const asleep = containerOf(objects, service).lifecycle?.preStop?.sleep?.seconds ?? 0;
    const delay = asleep + Number(configOf(objects, service)['SHUTDOWN_DELAY_MS']) / 1_000;
    const needed = delay + endsWithinSeconds;
    const given = spec.terminationGracePeriodSeconds ?? 30;
    return [
      ...(delay > 0 ? [] : [`${name} does not wait until it is off the lists`]),
      ...(given >= needed ? [] : [`${name} needs ${needed} s to end, and has ${given}`]),
    ];
  });
}
