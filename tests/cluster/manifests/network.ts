// The connections that the NetworkPolicies allow. A connection between two pods needs an egress rule of the source and an
// ingress rule of the target. A test cluster need not enforce policies, so this file evaluates them.
//
// An edge reads `orders -> nats:4222`. Peers other than our pods are `namespace <name>`, `outside` (any public address) and
// `anywhere`.

import {
  ofKind,
  podLabels,
  selects,
  workloads,
  type Labels,
  type Manifest,
  type NetworkPolicy,
  type Peer,
  type PolicyPort,
  type PolicyRule,
  type Workload,
} from './objects.js';
import { namespaceManifest } from './variants.js';

type Direction = 'Ingress' | 'Egress';

const nameLabel = 'kubernetes.io/metadata.name';
const privateNetworks = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

export function allowedEdges(objects: readonly Manifest[]): string[] {
  const pods = workloads(objects);
  const own = namespaceLabels(objects);
  const rules = (pod: Workload, direction: Direction) => rulesFor(objects, pod, direction);

  const between = pods.flatMap((from) =>
    pods.flatMap((to) => {
      const leave = portsFor(rules(from, 'Egress'), 'to', podLabels(to), own);
      const enter = portsFor(rules(to, 'Ingress'), 'from', podLabels(from), own);
      return intersection(leave, enter).map((port) => `${nameOf(from)} -> ${nameOf(to)}:${port}`);
    }),
  );
  const external = pods.flatMap((pod) => [
    ...externalEdges(rules(pod, 'Egress'), 'to', own).map(
      ([peer, port]) => `${nameOf(pod)} -> ${peer}:${port}`,
    ),
    ...externalEdges(rules(pod, 'Ingress'), 'from', own).map(
      ([peer, port]) => `${peer} -> ${nameOf(pod)}:${port}`,
    ),
  ]);
  return [...new Set([...between, ...external])].sort();
}

export const nameOf = (pod: Workload): string => podLabels(pod)['app'] ?? pod.metadata.name;

/** Undefined if no policy selects the pod: then every connection is allowed. */
function rulesFor(
  objects: readonly Manifest[],
  pod: Workload,
  direction: Direction,
): PolicyRule[] | undefined {
  const policies = ofKind(objects, 'NetworkPolicy').filter(
    ({ metadata, spec }) =>
      metadata.namespace === pod.metadata.namespace &&
      spec.policyTypes.includes(direction) &&
      selects(spec.podSelector, podLabels(pod)),
  );
  if (policies.length === 0) return undefined;
  return policies.flatMap(
    ({ spec }: NetworkPolicy) => (direction === 'Ingress' ? spec.ingress : spec.egress) ?? [],
  );
}

const everything: PolicyRule[] = [{}];

/** The ports of the rules that admit a pod of our namespace. */
function portsFor(
  rules: readonly PolicyRule[] = everything,
  side: 'from' | 'to',
  labels: Labels,
  own: Labels,
): string[] {
  const reaches = ({ ipBlock, namespaceSelector, podSelector }: Peer) =>
    !ipBlock && selects(namespaceSelector ?? {}, own) && selects(podSelector ?? {}, labels);
  return rules
    .filter((rule) => peersOf(rule, side)?.some(reaches) ?? true)
    .flatMap(({ ports }) => portNames(ports));
}

/** The admitted peers other than our own pods. */
function externalEdges(
  rules: readonly PolicyRule[] = everything,
  side: 'from' | 'to',
  own: Labels,
): [string, string][] {
  return rules.flatMap((rule) => {
    const peers = peersOf(rule, side)?.flatMap((peer) => externalPeers(peer, own)) ?? ['anywhere'];
    return peers.flatMap((peer) => portNames(rule.ports).map((port): [string, string] => [peer, port]));
  });
}

/** Undefined means every peer; so does an empty list. */
const peersOf = (rule: PolicyRule, side: 'from' | 'to') => (rule[side]?.length ? rule[side] : undefined);

function externalPeers({ ipBlock, namespaceSelector, podSelector }: Peer, own: Labels): string[] {
  if (ipBlock) {
    const { cidr, except = [] } = ipBlock;
    const isPublic = cidr === '0.0.0.0/0' && privateNetworks.every((network) => except.includes(network));
    return [isPublic ? 'outside' : `addresses ${cidr}`];
  }
  if (!namespaceSelector) return [];
  const { matchLabels: { [nameLabel]: name, ...labels } = {}, matchExpressions } = namespaceSelector;
  const isOne = name !== undefined && Object.keys(labels).length === 0 && !matchExpressions;
  if (isOne && name === own[nameLabel]) return [];
  const pods = podSelector ? ` pods ${JSON.stringify(podSelector)}` : '';
  return [`${isOne ? `namespace ${name}` : `namespaces ${JSON.stringify(namespaceSelector)}`}${pods}`];
}

function portNames(ports?: readonly PolicyPort[]): string[] {
  if (!ports?.length) return ['any'];
  return ports.map(({ port = 'any', endPort, protocol = 'TCP' }) => {
    const range = endPort === undefined ? `${port}` : `${port}-${endPort}`;
    return protocol === 'TCP' ? range : `${range}/${protocol}`;
  });
}

function intersection(left: readonly string[], right: readonly string[]): string[] {
  if (left.includes('any')) return [...right];
  return right.includes('any') ? [...left] : left.filter((port) => right.includes(port));
}

function namespaceLabels(objects: readonly Manifest[]): Labels {
  const name = objects.find(({ metadata }) => metadata.namespace)?.metadata.namespace ?? '';
  return { ...namespaceManifest().metadata.labels, [nameLabel]: name };
}
