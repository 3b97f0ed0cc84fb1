import {
  misplacedSecrets,
  sharedSigningKeys,
  undeclaredVariables,
  unreadableConfigs,
} from './environment.js';
import { mainContainer, named, type Manifest, type Variable } from './objects.js';
import { beforeRules, rule } from './rule.js';

beforeRules();

function variable(objects: Manifest[], name: string, of = 'orders-depl'): Variable {
  const found = mainContainer(named(objects, 'Deployment', of)).env?.find((entry) => entry.name === name);
  if (!found) throw new Error(`${of} has no ${name}`);
  return found;
}

rule('a service gets only variables that it declares', {
  check: undeclaredVariables,
  controls: [
    {
      fault: 'an undeclared variable',
      plant: (objects) => Object.assign(variable(objects, 'MONGO_URI'), { name: 'MONGO_URL' }),
      reports: ['orders does not read MONGO_URL'],
    },
    {
      fault: "another service's variable",
      plant: (objects) => Object.assign(variable(objects, 'TRUST_PROXY'), { name: 'REDIS_URL' }),
      reports: ['orders does not read REDIS_URL'],
    },
    {
      fault: "a service's variable in the shop",
      plant: (objects) =>
        Object.assign(variable(objects, 'CARDS_URL', 'web-depl'), {
          name: 'NATS_URL',
          value: 'nats://nats-srv',
        }),
      reports: ['web does not read NATS_URL'],
    },
    {
      fault: 'a variable that is set twice',
      plant: (objects) => Object.assign(variable(objects, 'TRUST_PROXY'), { name: 'PORT' }),
      reports: ['orders has PORT twice'],
    },
    {
      fault: 'a whole Secret as environment',
      plant: (objects) =>
        Object.assign(mainContainer(named(objects, 'Deployment', 'auth-depl')), { envFrom: [{}] }),
      reports: ['auth has unnamed variables (envFrom)'],
    },
  ],
});

rule('a service can start with its environment', {
  check: unreadableConfigs,
  controls: [
    {
      fault: 'a missing required variable',
      plant: (objects) => Object.assign(variable(objects, 'NATS_URL'), { name: 'LOG_LEVEL', value: 'info' }),
      reports: ['orders: invalid environment: NATS_URL is missing'],
    },
    {
      fault: 'an optional reference to a required secret',
      plant: (objects) =>
        Object.assign(variable(objects, 'STRIPE_KEY', 'payments-depl').valueFrom?.secretKeyRef ?? {}, {
          optional: true,
        }),
      reports: ['payments: invalid environment: STRIPE_KEY is missing'],
    },
    {
      fault: 'the secret key of Stripe in the pages of the shop',
      in: 'prod',
      plant: (objects) =>
        Object.assign(variable(objects, 'STRIPE_PUBLISHABLE_KEY', 'web-depl'), {
          value: 'sk_live_x',
          valueFrom: undefined,
        }),
      reports: [expect.stringMatching(/^web: invalid environment: STRIPE_PUBLISHABLE_KEY /) as string],
    },
    {
      fault: 'an invalid value',
      plant: (objects) => Object.assign(variable(objects, 'TRUST_PROXY'), { value: 'yes' }),
      reports: ['orders: invalid environment: TRUST_PROXY must be a number'],
    },
  ],
});

rule('secrets come from known Secrets, which no overlay has', {
  check: misplacedSecrets,
  controls: [
    {
      fault: 'a literal secret',
      plant: (objects) => Object.assign(variable(objects, 'JWT_KEY'), { value: 'x', valueFrom: undefined }),
      reports: ['orders-depl: JWT_KEY is a literal in the manifest'],
    },
    {
      fault: 'the password of the SMTP server in the manifest',
      in: 'prod',
      plant: (objects) =>
        Object.assign(variable(objects, 'SMTP_URL', 'notifications-depl'), {
          value: 'smtps://user:password@mail.example.com:465',
          valueFrom: undefined,
        }),
      reports: ['notifications-depl: SMTP_URL is a literal in the manifest'],
    },
    {
      fault: 'another Secret',
      plant: (objects) =>
        Object.assign(variable(objects, 'JWT_KEY').valueFrom?.secretKeyRef ?? {}, { name: 'jwt' }),
      reports: ['orders-depl: JWT_KEY is from jwt/JWT_KEY'],
    },
    {
      fault: 'a wrong key of the Secret',
      plant: (objects) =>
        Object.assign(variable(objects, 'STRIPE_KEY', 'payments-depl').valueFrom?.secretKeyRef ?? {}, {
          key: 'STRIPE_WEBHOOK_SECRET',
        }),
      reports: ['payments-depl: STRIPE_KEY is from STRIPE_WEBHOOK_SECRET'],
    },
    {
      fault: 'a Secret in the overlay',
      plant: (objects) =>
        objects.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'jwt-secret' } }),
      reports: ['Secret jwt-secret is rendered'],
    },
  ],
});

rule('only auth can sign sessions in production', {
  check: sharedSigningKeys,
  for: ({ production }) => production,
  controls: [
    {
      fault: 'the private key in another service, under any name',
      in: 'prod',
      plant: (objects) =>
        Object.assign(variable(objects, 'JWT_PUBLIC_KEYS').valueFrom?.secretKeyRef ?? {}, {
          name: 'session-private-key',
          key: 'JWT_PRIVATE_KEY',
        }),
      reports: ['orders-depl gets session-private-key, which signs sessions'],
    },
    {
      fault: 'the private key in a volume',
      in: 'prod',
      plant: (objects) =>
        Object.assign(named(objects, 'Deployment', 'tickets-depl').spec.template.spec, {
          volumes: [{ name: 'key', secret: { secretName: 'session-private-key' } }],
        }),
      reports: ['tickets-depl gets session-private-key, which signs sessions'],
    },
    {
      fault: 'the shared key',
      in: 'prod',
      plant: (objects) =>
        mainContainer(named(objects, 'Deployment', 'auth-depl')).env?.push({
          name: 'JWT_KEY',
          valueFrom: { secretKeyRef: { name: 'jwt-secret', key: 'JWT_KEY' } },
        }),
      reports: ['auth-depl gets jwt-secret, which signs sessions'],
    },
    {
      fault: 'development, where they share one key',
      plant: () => undefined,
      reports: ['auth', 'expiration', 'notifications', 'orders', 'payments', 'tickets'].flatMap((name) =>
        [1, 2].map(() => `${name}-depl gets jwt-secret, which signs sessions`),
      ),
    },
  ],
});
