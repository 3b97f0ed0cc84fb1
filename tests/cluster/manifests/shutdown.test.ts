import { mainContainer, named, type Manifest } from './objects.js';
import { beforeRules, rule } from './rule.js';
import { shortGracePeriods } from './shutdown.js';

beforeRules();

const orders = (objects: Manifest[]) => named(objects, 'Deployment', 'orders-depl');

rule('the grace period covers the shutdown of a service', {
  check: shortGracePeriods,
  controls: [
    {
      fault: 'a second delay',
      plant: (objects) =>
        mainContainer(orders(objects)).env?.push({ name: 'SHUTDOWN_DELAY_MS', value: '10000' }),
      reports: ['orders needs 40 s to stop, and has 35'],
    },
    {
      fault: "Kubernetes' default grace period",
      plant: (objects) => {
        delete orders(objects).spec.template.spec.terminationGracePeriodSeconds;
        mainContainer(orders(objects)).lifecycle = { preStop: { sleep: { seconds: 6 } } };
      },
      reports: ['orders needs 31 s to stop, and has 30'],
    },
    {
      fault: 'a missing delay',
      plant: (objects) => delete mainContainer(orders(objects)).lifecycle,
      reports: ['orders stops before its endpoint is removed'],
    },
    {
      fault: 'a shop that stops in the middle of an answer',
      plant: (objects) =>
        (named(objects, 'Deployment', 'web-depl').spec.template.spec.terminationGracePeriodSeconds = 10),
      reports: ['web needs 30 s to stop, and has 10'],
    },
  ],
});
