// The expected connections: by the services' declarations, and by the addresses in the manifests.

import { shop } from '@ticketing/api-docs';
import { declares, services } from './declared.js';
import { allowedEdges, nameOf } from './network.js';
import {
  containers,
  named,
  ofKind,
  podLabels,
  selects,
  workloads,
  type Manifest,
  type Workload,
} from './objects.js';
import { valuesIn } from './variables.js';
import type { Variant } from './variants.js';

const ingressController = 'namespace ingress-nginx';
const monitoring = 'namespace monitoring';
// The cluster's DNS, and the DNS cache of a node.
const nameServers = ['namespace kube-system', 'addresses 169.254.20.10/32'];

/**
 * With the stand-ins, payments does not connect to Stripe, and notifications to no SMTP server outside. The address of an
 * external store is not known.
 */
function declaredEdges(
  objects: readonly Manifest[],
  { standIns, observed, external, backedUp }: Variant,
): string[] {
  const ofServices = services.flatMap((service) => {
    const { name } = service;
    const to: [variable: string, ...servers: string[]][] = [
      ['MONGO_URI', external ? 'anywhere:27017' : `${name}-mongo:27017`],
      ['REDIS_URL', ...(external ? ['anywhere:6379', 'anywhere:26379'] : ['expiration-redis:6379'])],
      ['NATS_URL', external ? 'anywhere:4222' : 'nats:4222'],
      ['STRIPE_KEY', standIns ? 'cards:8086' : 'outside:443'],
      ['SMTP_URL', ...(standIns ? ['mail:1025'] : ['outside:25', 'outside:465', 'outside:587'])],
    ];
    return [
      ...to
        .filter(([variable]) => declares(service, variable))
        .flatMap(([, ...servers]) => servers.map((server) => `${name} -> ${server}`)),
      // The members of a replica set connect to each other.
      ...(declares(service, 'MONGO_URI') && !external ? [`${name}-mongo -> ${name}-mongo:27017`] : []),
      // A job reads the database; only its own one admits it.
      ...(declares(service, 'MONGO_URI') && backedUp
        ? [`${name}-backup -> anywhere:27017`, `${name}-backup -> ${name}-mongo:27017`]
        : []),
      // Prometheus and the trace collector.
      ...(observed ? [`${monitoring} -> ${name}:3000`, `${name} -> ${monitoring}:4318`] : []),
      ...(service.routes.length > 0 ? [`${ingressController} -> ${name}:3000`] : []),
    ];
  });
  return [
    ...ofServices,
    ...(!external && (named(objects, 'StatefulSet', 'nats').spec.replicas ?? 1) > 1
      ? ['nats -> nats:6222']
      : []),
    // Webhooks.
    ...(standIns ? ['cards -> payments:3000'] : []),
    // The shop opens no connections, so it needs no DNS.
    `${ingressController} -> ${shop.name}:3000`,
    ...workloads(objects)
      .filter((pod) => nameOf(pod) !== shop.name)
      .flatMap((pod) =>
        nameServers.flatMap((server) =>
          ['53', '53/UDP'].map((port) => `${nameOf(pod)} -> ${server}:${port}`),
        ),
      ),
  ];
}

export function wrongEdges(objects: readonly Manifest[], variant: Variant): string[] {
  return differences(allowedEdges(objects), declaredEdges(objects, variant));
}

/** Compares edges between pods only: the manifests have no address of Stripe, SMTP or the ingress controller. */
export function wrongAddresses(objects: readonly Manifest[], variant: Variant): string[] {
  // People use the address of the host, and ports that are forwarded to their machine.
  const forPeople = (url: string) =>
    url === `https://${variant.host}` || /^http:\/\/localhost:\d+$/.test(url);
  // A job has the environment of its service, and uses the address of the database only.
  const servers = workloads(objects).filter(({ kind }) => kind !== 'CronJob');
  const addressed = new Set(servers.flatMap((from) => addressesIn(objects, from, forPeople)));
  const declared = declaredEdges(objects, { ...variant, backedUp: false }).filter((edge) => {
    const [from, to] = edge.split(/ -> |:/);
    return (
      from !== to && ![from, to].some((end) => /^(outside|anywhere)$|^(namespace|addresses) /.test(end ?? ''))
    );
  });
  return differences(
    [...addressed].filter((edge) => !/^(\S+) -> \1:/.test(edge)),
    declared,
  );
}

function differences(there: readonly string[], needed: readonly string[]): string[] {
  return [
    ...there.filter((edge) => !needed.includes(edge)).map((edge) => `unneeded: ${edge}`),
    ...needed.filter((edge) => !there.includes(edge)).map((edge) => `missing: ${edge}`),
  ];
}

/** The edges to the hosts in all variables that hold a URL, except those for people. */
function addressesIn(
  objects: readonly Manifest[],
  from: Workload,
  forPeople: (url: string) => boolean,
): string[] {
  return valuesIn(from).flatMap((value) => {
    if (forPeople(value)) return [];
    const hosts = /^[a-z+]+:\/\/([^/?]+)/.exec(value)?.[1]?.split(',') ?? [];
    return hosts.map(
      (host) => `${nameOf(from)} -> ${podAt(objects, host.replace(/^.*@/, ''), from.metadata.namespace)}`,
    );
  });
}

/** Resolves an address of a pod (`auth-mongo-0.auth-mongo-srv:27017`) or a Service (`nats-srv:4222`) to a pod's port. */
function podAt(objects: readonly Manifest[], address: string, namespace = ''): string {
  const [host = '', port = ''] = address.split(':');
  const [serviceName, pod] = host.replace(`.${namespace}.svc.cluster.local`, '').split('.').toReversed();
  const service = ofKind(objects, 'Service').find(({ metadata }) => metadata.name === serviceName);
  const target = workloads(objects).find((candidate) =>
    selects({ matchLabels: service?.spec.selector ?? { none: '' } }, podLabels(candidate)),
  );
  const declaredPort = service?.spec.ports.find((declared) => `${declared.port}` === port);
  if (!target || !declaredPort) return `nothing (${address})`;
  const { name } = target.metadata;
  const ordinal = pod === undefined ? 0 : Number(pod.slice(name.length + 1));
  const isMember = pod === undefined || pod === `${name}-${ordinal}`;
  if (!isMember || ordinal >= (target.spec.replicas ?? 1)) return `nothing (${address})`;
  const container = containers(target).flatMap(({ ports = [] }) => ports);
  const found = container.find((open) =>
    [open.name, open.containerPort].includes(declaredPort.targetPort ?? declaredPort.port),
  );
  return found ? `${nameOf(target)}:${found.containerPort}` : `nothing (${address})`;
}
