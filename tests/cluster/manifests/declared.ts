// The services' declarations, and the configuration that they read in the cluster.

import { readConfig } from '@ticketing/common/service';
import { sessionKeyPair } from '@ticketing/common/testing/servers';
import type { z } from 'zod';
import { services as declared, shop } from '@ticketing/api-docs';
import { mainContainer, named, type Container, type Manifest } from './objects.js';
import { variablesOf } from './variables.js';

export type Declared = (typeof declared)[number];
export const services: readonly Declared[] = declared;

/** A program with a Deployment: a service, or the shop. */
export type Deployable = Pick<Declared, 'name' | 'config'>;
export const deployables: readonly Deployable[] = [...services, shop];

export const declares = ({ config }: Deployable, variable: string): boolean => variable in config.shape;

export function containerOf(objects: readonly Manifest[], { name }: Deployable): Container {
  return mainContainer(named(objects, 'Deployment', `${name}-depl`));
}

const withFormat: Readonly<Record<string, string>> = {
  ...sessionKeyPair(),
  MONGO_URI: 'mongodb://user:password@mongo.example.com/?replicaSet=rs0&tls=true',
  NATS_URL: 'tls://user:password@nats.example.com:4222',
  REDIS_URL: 'rediss://user:password@redis.example.com:6379',
  SMTP_URL: 'smtps://user:password@mail.example.com',
  STRIPE_PUBLISHABLE_KEY: `pk_live_${'x'.repeat(24)}`,
};

/** A value that is valid for the secret: those without a format only need a length. */
const secretValue = (variable: string) => withFormat[variable] ?? 'x'.repeat(32);

/**
 * The configuration as the service reads it. Optional secrets count as missing.
 * @throws ConfigError that names every bad variable
 */
export function configOf(objects: readonly Manifest[], service: Deployable): Record<string, unknown> {
  const workload = named(objects, 'Deployment', `${service.name}-depl`);
  const container = mainContainer(workload);
  const secrets = (container.env ?? [])
    .filter(({ valueFrom }) => valueFrom?.secretKeyRef && !valueFrom.secretKeyRef.optional)
    .map(({ name }) => [name, secretValue(name)] as const);
  return readConfig(
    service.config as unknown as z.ZodType<Record<string, unknown>>,
    Object.fromEntries([...variablesOf(container, workload), ...secrets]),
  );
}
