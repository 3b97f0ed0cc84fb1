import { changedSelectors, missingLabels } from './labels.js';
import { mainContainer, named, podLabels, type Manifest } from './objects.js';
import { beforeRules, rule } from './rule.js';

beforeRules();

const orders = (objects: Manifest[]) => named(objects, 'Deployment', 'orders-depl');
const nats = (objects: Manifest[]) => named(objects, 'StatefulSet', 'nats');

rule('every workload, pod and Service has the labels that Kubernetes recommends', {
  check: missingLabels,
  controls: [
    {
      fault: 'a pod without a name',
      plant: (objects) => delete podLabels(orders(objects))['app.kubernetes.io/name'],
      reports: ['a pod of orders-depl has no label name'],
    },
    {
      fault: 'a Service of no installation',
      plant: (objects) =>
        delete named(objects, 'Service', 'nats-srv').metadata.labels?.['app.kubernetes.io/instance'],
      reports: ['Service nats-srv has no label instance'],
    },
    {
      fault: 'a label of another version than the image',
      plant: (objects) => (mainContainer(nats(objects)).image = 'nats:2.16.0-alpine'),
      reports: ['nats runs 2.16.0 and is labelled 2.15.2'],
    },
  ],
});

rule('an installation that exists accepts the selectors and the volume claims', {
  check: changedSelectors,
  controls: [
    {
      fault: 'a selector by a recommended label',
      plant: (objects) =>
        (orders(objects).spec.selector = { matchLabels: { 'app.kubernetes.io/name': 'orders' } }),
      reports: ['orders-depl selects by {"app.kubernetes.io/name":"orders"}'],
    },
    {
      fault: 'a label of a volume claim',
      plant: (objects) =>
        nats(objects).spec.volumeClaimTemplates?.forEach(
          (claim) => (claim.metadata.labels = { 'app.kubernetes.io/part-of': 'ticketing' }),
        ),
      reports: ['the volumes of nats have the labels {"app.kubernetes.io/part-of":"ticketing"}'],
    },
  ],
});
