// Every server requires TLS and a user, and a workload gets only the Secrets that are meant for it.

import { containers, mainContainer, named, ofKind, workloads, type Manifest } from './objects.js';
import { declares, services } from './declared.js';
import type { Variant } from './variants.js';

export function openServers(objects: readonly Manifest[], { streaming }: Variant): string[] {
  const commandOf = (name: string) =>
    (mainContainer(named(objects, 'StatefulSet', name)).command ?? []).join(' ');
  const lacks = (name: string, there: string, needed: readonly string[]) =>
    needed.filter((part) => !there.includes(part)).map((part) => `${name} runs without ${part}`);
  const stores = services.filter((service) => declares(service, 'MONGO_URI')).map(({ name }) => name);
  return [
    ...stores.flatMap((name) =>
      lacks(`${name}-mongo`, commandOf(`${name}-mongo`), [
        '--keyFile=/tmp/set.key',
        '--tlsMode=requireTLS',
        '--tlsCAFile=/etc/mongo/ca.crt',
      ]),
    ),
    ...lacks('expiration-redis', commandOf('expiration-redis'), [
      '--port 0 --tls-port 6379',
      '--aclfile /etc/redis/users.acl',
    ]),
    ...(streaming ? [] : openBus(objects)),
  ];
}

function openBus(objects: readonly Manifest[]): string[] {
  const { volumes = [] } = named(objects, 'StatefulSet', 'nats').spec.template.spec;
  const map = volumes.find(({ configMap }) => configMap)?.configMap?.name;
  const files = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name === map)?.data ?? {};
  const has = (file: string, pattern: RegExp) => pattern.test(files[file] ?? '');
  return [
    ...(has('users.conf', /^tls \{[^}]*cert_file: /m) ? [] : ['clients of the bus need no TLS']),
    ...(has('users.conf', /^include authorization.conf$/m) && has('authorization.conf', /^authorization \{/m)
      ? []
      : ['clients of the bus need no user']),
    ...(has('nats.conf', /cluster \{[^]*verify_cert_and_check_known_urls: true/)
      ? []
      : ['any server may join the bus']),
  ];
}

/** The workloads that may have a key of a Secret; undefined for the Secrets of environment.ts. */
function ownersOf(secret: string, key: string): string[] | undefined {
  if (secret === 'nats-users') return [`${key}-depl`, 'nats'];
  if (['mongo-users', 'redis-users', 'mongo-uris', 'nats-urls', 'redis-urls'].includes(secret))
    return [`${key}-depl`];
  if (secret === 'server-authority-key') return [];
  if (secret === 'account-link-key') return ['auth-depl', 'notifications-depl'];
  if (secret === 'smtp-secret') return ['notifications-depl'];
  if (secret === 'stripe-secret') return ['payments-depl', 'cards'];
  if (secret === 'stripe-publishable-key') return ['web-depl'];
  if (!secret.endsWith('-server')) return undefined;
  const server = secret.replace(/-server$/, '');
  return key === 'set.key' ? [server.replace(/-mongo$/, '-depl'), server] : [server];
}

export function foreignSecrets(objects: readonly Manifest[]): string[] {
  return workloads(objects).flatMap((workload) => {
    const { name } = workload.metadata;
    const owner = name.replace(/-backup$/, '-depl');
    const { volumes = [] } = workload.spec.template.spec;
    const inEnv = containers(workload).flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []),
    );
    const mounted = volumes.flatMap(({ secret }) =>
      secret ? [{ name: secret.secretName, key: 'every file' }] : [],
    );
    return [...inEnv, ...mounted]
      .filter((ref) => ownersOf(ref.name, ref.key)?.includes(owner) === false)
      .map((ref) => `${name} gets ${ref.name}: ${ref.key}`);
  });
}
