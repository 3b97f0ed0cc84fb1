import { misplacedSecrets, undeclaredVariables, unreadableConfigs } from './environment.js';
import { mainContainer, named, type Manifest, type Variable } from './objects.js';
import { beforeRules, rule } from './rule.js';

beforeRules();

function variable(objects: Manifest[], name: string, of = 'orders-depl'): Variable {
  const found = mainContainer(named(objects, 'Deployment', of)).env?.find((one) => one.name === name);
  if (!found) throw new Error(`${of} has no ${name}`);
  return found;
}

rule('a service is given only variables that it declares', {
  check: undeclaredVariables,
  controls: [
    {
      of: 'a variable under another name',
      spoil: (objects) => Object.assign(variable(objects, 'MONGO_URI'), { name: 'MONGO_URL' }),
      says: ['orders does not read MONGO_URL'],
    },
    {
      of: "another service's variable",
      spoil: (objects) => Object.assign(variable(objects, 'TRUST_PROXY'), { name: 'REDIS_URL' }),
      says: ['orders does not read REDIS_URL'],
    },
    {
      of: 'one that is set twice',
      spoil: (objects) => Object.assign(variable(objects, 'TRUST_PROXY'), { name: 'PORT' }),
      says: ['orders has PORT twice'],
    },
    {
      of: 'a whole Secret as environment',
      spoil: (objects) =>
        Object.assign(mainContainer(named(objects, 'Deployment', 'auth-depl')), { envFrom: [{}] }),
      says: ['auth has variables that are not named (envFrom)'],
    },
  ],
});

rule('a service can start with what it is given', {
  check: unreadableConfigs,
  controls: [
    {
      of: 'a required variable missing',
      spoil: (objects) => Object.assign(variable(objects, 'NATS_URL'), { name: 'LOG_LEVEL', value: 'info' }),
      says: ['orders: invalid environment: NATS_URL is missing'],
    },
    {
      of: 'a required secret optional',
      spoil: (objects) =>
        Object.assign(variable(objects, 'STRIPE_KEY', 'payments-depl').valueFrom?.secretKeyRef ?? {}, {
          optional: true,
        }),
      says: ['payments: invalid environment: STRIPE_KEY is missing'],
    },
    {
      of: 'a value that the service refuses',
      spoil: (objects) => Object.assign(variable(objects, 'TRUST_PROXY'), { value: 'yes' }),
      says: ['orders: invalid environment: TRUST_PROXY Invalid input: expected number, received NaN'],
    },
  ],
});

rule('secrets come from the two Secrets, which are not rendered', {
  check: misplacedSecrets,
  controls: [
    {
      of: 'a secret in the manifest',
      spoil: (objects) => Object.assign(variable(objects, 'JWT_KEY'), { value: 'x', valueFrom: undefined }),
      says: ['orders-depl: JWT_KEY stands in the manifest'],
    },
    {
      of: 'another Secret',
      spoil: (objects) =>
        Object.assign(variable(objects, 'JWT_KEY').valueFrom?.secretKeyRef ?? {}, { name: 'jwt' }),
      says: ['orders-depl: JWT_KEY is from jwt/JWT_KEY'],
    },
    {
      of: 'keys mixed up',
      spoil: (objects) =>
        Object.assign(variable(objects, 'STRIPE_KEY', 'payments-depl').valueFrom?.secretKeyRef ?? {}, {
          key: 'STRIPE_WEBHOOK_SECRET',
        }),
      says: ['payments-depl: STRIPE_KEY is from STRIPE_WEBHOOK_SECRET'],
    },
    {
      of: 'a rendered Secret',
      spoil: (objects) =>
        objects.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'jwt-secret' } }),
      says: ['Secret jwt-secret is rendered'],
    },
  ],
});
