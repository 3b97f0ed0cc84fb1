// The labels that Kubernetes recommends, and the labels that it does not let change.

import { mainContainer, ofKind, podLabels, workloads, type Labels, type Manifest } from './objects.js';

const prefix = 'app.kubernetes.io/';
const ofAll = ['name', 'instance', 'component', 'part-of', 'managed-by'];

export function missingLabels(objects: readonly Manifest[]): string[] {
  const missing = (name: string, labels: Labels = {}, wanted: readonly string[] = ofAll) =>
    wanted.filter((label) => !labels[prefix + label]).map((label) => `${name} has no label ${label}`);
  const others = (['Service', 'ServiceAccount', 'PodDisruptionBudget', 'HorizontalPodAutoscaler'] as const)
    .flatMap((kind) => ofKind(objects, kind) as Manifest[])
    .flatMap(({ kind, metadata }) => missing(`${kind} ${metadata.name}`, metadata.labels));
  return [
    ...others,
    ...workloads(objects).flatMap((workload) => {
      const { name, labels } = workload.metadata;
      const [, tag] = /:([^@/]+)$/.exec(mainContainer(workload).image.replace(/-alpine$/, '')) ?? [];
      const version = podLabels(workload)[`${prefix}version`];
      return [
        ...missing(name, labels, [...ofAll, 'version']),
        ...missing(`a pod of ${name}`, podLabels(workload), [...ofAll, 'version']),
        // A digest is no label.
        ...(tag === undefined || tag === version ? [] : [`${name} runs ${tag} and is labelled ${version}`]),
      ];
    }),
  ];
}

/** Kubernetes refuses a new selector, and new labels of a volume claim, on an object that exists. */
export function changedSelectors(objects: readonly Manifest[]): string[] {
  const expected = ({ app = '' }: Labels) => JSON.stringify({ app });
  const servers = [...ofKind(objects, 'Deployment'), ...ofKind(objects, 'StatefulSet')];
  return servers.flatMap((workload) => {
    const { spec, metadata } = workload;
    const [claim] = spec.volumeClaimTemplates ?? [];
    const claimLabels = JSON.stringify(claim?.metadata.labels ?? {});
    const isMongo = metadata.labels?.['tier'] === 'mongo';
    return [
      ...(JSON.stringify(spec.selector.matchLabels) === expected(podLabels(workload))
        ? []
        : [`${metadata.name} selects by ${JSON.stringify(spec.selector.matchLabels)}`]),
      ...(claimLabels === (isMongo ? expected(podLabels(workload)) : '{}')
        ? []
        : [`the volumes of ${metadata.name} have the labels ${claimLabels}`]),
    ];
  });
}
