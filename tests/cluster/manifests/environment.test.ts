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
      fault: 'a variable under another name',
      plant: (objects) => Object.assign(variable(objects, 'MONGO_URI'), { name: 'MONGO_URL' }),
      reports: ['orders does not read MONGO_URL'],
    },
    {
      fault: "another service's variable",
      plant: (objects) => Object.assign(variable(objects, 'TRUST_PROXY'), { name: 'REDIS_URL' }),
      reports: ['orders does not read REDIS_URL'],
    },
    {
      fault: 'one that is set twice',
      plant: (objects) => Object.assign(variable(objects, 'TRUST_PROXY'), { name: 'PORT' }),
      reports: ['orders has PORT twice'],
    },
    {
      fault: 'a whole Secret as environment',
      plant: (objects) =>
        Object.assign(mainContainer(named(objects, 'Deployment', 'auth-depl')), { envFrom: [{}] }),
      reports: ['auth has variables that are not named (envFrom)'],
    },
  ],
});

rule('a service can start with what it is given', {
  check: unreadableConfigs,
  controls: [
    {
      fault: 'a required variable missing',
      plant: (objects) => Object.assign(variable(objects, 'NATS_URL'), { name: 'LOG_LEVEL', value: 'info' }),
      reports: ['orders: bad environment: NATS_URL is missing'],
    },
    {
      fault: 'a required secret optional',
      plant: (objects) =>
        Object.assign(variable(objects, 'STRIPE_KEY', 'payments-depl').valueFrom?.secretKeyRef ?? {}, {
          optional: true,
        }),
      reports: ['payments: bad environment: STRIPE_KEY is missing'],
    },
    {
      fault: 'a value that the service refuses',
      plant: (objects) => Object.assign(variable(objects, 'TRUST_PROXY'), { value: 'yes' }),
      reports: ['orders: bad environment: TRUST_PROXY Invalid input: expected number, received NaN'],
    },
  ],
});

rule('secrets come from the two Secrets, which are not rendered', {
  check: misplacedSecrets,
  controls: [
    {
      fault: 'a secret in the manifest',
      plant: (objects) => Object.assign(variable(objects, 'JWT_KEY'), { value: 'x', valueFrom: undefined }),
      reports: ['orders-depl: JWT_KEY stands in the manifest'],
    },
    {
      fault: 'another Secret',
      plant: (objects) =>
        Object.assign(variable(objects, 'JWT_KEY').valueFrom?.secretKeyRef ?? {}, { name: 'jwt' }),
      reports: ['orders-depl: JWT_KEY is from jwt/JWT_KEY'],
    },
    {
      fault: 'keys mixed up',
      plant: (objects) =>
        Object.assign(variable(objects, 'STRIPE_KEY', 'payments-depl').valueFrom?.secretKeyRef ?? {}, {
          key: 'STRIPE_WEBHOOK_SECRET',
        }),
      reports: ['payments-depl: STRIPE_KEY is from STRIPE_WEBHOOK_SECRET'],
    },
    {
      fault: 'a rendered Secret',
      plant: (objects) =>
        objects.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'jwt-secret' } }),
      reports: ['Secret jwt-secret is rendered'],
    },
  ],
});
