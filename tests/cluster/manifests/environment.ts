// The environment of a service has only declared variables, and secrets only from Secrets.

import { configOf, containerOf, declares, deployables } from './declared.js';
import { containers, ofKind, workloads, type Manifest } from './objects.js';

export function undeclaredVariables(objects: readonly Manifest[]): string[] {
  return deployables.flatMap((service) => {
    const { env = [], envFrom } = containerOf(objects, service);
    const names = env.map(({ name }) => name);
    // Whether another value refers to it, as a host name does to $(POD_NAMESPACE).
    const isPart = (name: string) => env.some(({ value }) => value?.includes(`$(${name})`));
    // Node reads it: the authority of Redis.
    const isOfNode = (name: string) => name === 'NODE_EXTRA_CA_CERTS' && declares(service, 'REDIS_URL');
    return [
      ...names
        .filter((name) => !declares(service, name) && !isPart(name) && !isOfNode(name))
        .map((name) => `${service.name} does not read ${name}`),
      ...names
        .filter((name, index) => names.indexOf(name) !== index)
        .map((name) => `${service.name} has ${name} twice`),
      ...(envFrom ? [`${service.name} has unnamed variables (envFrom)`] : []),
    ];
  });
}

export function unreadableConfigs(objects: readonly Manifest[]): string[] {
  return deployables.flatMap((service) => {
    try {
      configOf(objects, service);
      return [];
    } catch (error) {
      return [`${service.name}: ${(error as Error).message}`];
    }
  });
}

// `node infra/secrets.mjs` or an operator creates them.
const secrets: Readonly<Record<string, readonly string[]>> = {
  'account-link-key': ['ACCOUNT_LINK_KEY'],
  'jwt-secret': ['JWT_KEY', 'JWT_KEY_PREVIOUS'],
  'session-private-key': ['JWT_PRIVATE_KEY'],
  'session-public-keys': ['JWT_PUBLIC_KEYS'],
  'nats-users': ['auth', 'expiration', 'notifications', 'operator', 'orders', 'payments', 'tickets'],
  'mongo-users': ['auth', 'notifications', 'orders', 'payments', 'tickets'],
  'auth-mongo-server': ['set.key'],
  'notifications-mongo-server': ['set.key'],
  'orders-mongo-server': ['set.key'],
  'payments-mongo-server': ['set.key'],
  'tickets-mongo-server': ['set.key'],
  'redis-users': ['expiration'],
  // Of external stores.
  'nats-urls': ['auth', 'expiration', 'notifications', 'orders', 'payments', 'tickets'],
  'mongo-uris': ['auth', 'notifications', 'orders', 'payments', 'tickets'],
  'redis-urls': ['expiration'],
  'smtp-secret': ['SMTP_URL'],
  'stripe-publishable-key': ['STRIPE_PUBLISHABLE_KEY'],
  'stripe-secret': ['STRIPE_KEY', 'STRIPE_WEBHOOK_SECRET'],
};
const secretVariables = Object.values(secrets).flat();
// An SMTP URL without a user, such as that of the mail catcher, is no secret.
const addressWithoutUser = /^smtps?:\/\/[^@]+$/;

export function misplacedSecrets(objects: readonly Manifest[]): string[] {
  const inEnv = workloads(objects).flatMap((workload) =>
    containers(workload).flatMap(({ env = [] }) =>
      env.flatMap(({ name, value, valueFrom }) => {
        const where = `${workload.metadata.name}: ${name}`;
        const ref = valueFrom?.secretKeyRef;
        if (ref && !secrets[ref.name]?.includes(ref.key)) return [`${where} is from ${ref.name}/${ref.key}`];
        if (ref && secretVariables.includes(name) && ref.key !== name) return [`${where} is from ${ref.key}`];
        return value !== undefined &&
          !addressWithoutUser.test(value) &&
          secretVariables.some((secret) => name.endsWith(secret))
          ? [`${where} is a literal in the manifest`]
          : [];
      }),
    ),
  );
  return [
    ...inEnv,
    ...ofKind(objects, 'Secret').map(({ metadata }) => `Secret ${metadata.name} is rendered`),
  ];
}

/** In production auth alone has a key that signs sessions. */
export function sharedSigningKeys(objects: readonly Manifest[]): string[] {
  return workloads(objects).flatMap((workload) => {
    const { name } = workload.metadata;
    const { volumes = [] } = workload.spec.template.spec;
    const secretsOf = containers(workload).flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
    );
    const mounted = volumes.flatMap(({ secret }) => secret?.secretName ?? []);
    const signing = [
      'jwt-secret',
      ...(['auth-depl', 'auth-backup'].includes(name) ? [] : ['session-private-key']),
    ];
    return [...secretsOf, ...mounted]
      .filter((secret) => signing.includes(secret))
      .map((secret) => `${name} gets ${secret}, which signs sessions`);
  });
}
