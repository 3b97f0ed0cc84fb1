import { kubeLinter } from './lint.js';
import { named, type Manifest } from './objects.js';
import { beforeRules, rule } from './rule.js';

beforeRules();
const check = kubeLinter();

const pod = (objects: Manifest[]) => named(objects, 'StatefulSet', 'auth-mongo').spec.template.spec;
const orders = (objects: Manifest[]) => named(objects, 'Deployment', 'orders-depl');
const scaler = (objects: Manifest[]) => named(objects, 'HorizontalPodAutoscaler', 'orders').spec;
const budget = (objects: Manifest[]) => named(objects, 'PodDisruptionBudget', 'orders').spec;

rule('a service and its stores stay available', {
  check,
  controls: [
    {
      fault: 'an autoscaler that allows one replica',
      in: 'prod',
      plant: (objects) => delete scaler(objects).minReplicas,
      reports: ['orders too-few-replicas: object has 1 replica but minimum required replicas is 2'],
    },
    {
      fault: 'an autoscaler that cannot add replicas',
      in: 'prod',
      plant: (objects) => (scaler(objects).maxReplicas = 2),
      reports: ['orders room-to-grow: the autoscaler cannot add replicas'],
    },
    {
      fault: 'an autoscaler without a target',
      in: 'prod',
      plant: (objects) => (scaler(objects).scaleTargetRef.name = 'orders'),
      reports: [
        'orders dangling-horizontalpodautoscaler: no resources found matching HorizontalPodAutoscaler scaleTargetRef ({Deployment orders apps/v1})',
        'orders-depl one-autoscaler: not exactly one autoscaler scales the Deployment',
      ],
    },
    {
      fault: 'an update that stops a pod first',
      plant: (objects) => delete orders(objects).spec.strategy,
      reports: ['orders-depl full-capacity-during-update: object has no rolling update parameters defined'],
    },
    {
      fault: 'a disruption budget that selects no pods',
      plant: (objects) => (budget(objects).selector = { matchLabels: { app: 'order' } }),
      reports: ['orders-depl one-disruption-budget: not exactly one PodDisruptionBudget selects the pods'],
    },
    {
      fault: 'a disruption budget that selects every service',
      plant: (objects) => (budget(objects).selector = { matchLabels: { tier: 'service' } }),
      reports: [
        'auth-depl one-disruption-budget: not exactly one PodDisruptionBudget selects the pods',
        'expiration-depl one-disruption-budget: not exactly one PodDisruptionBudget selects the pods',
        'notifications-depl one-disruption-budget: not exactly one PodDisruptionBudget selects the pods',
        'payments-depl one-disruption-budget: not exactly one PodDisruptionBudget selects the pods',
        'tickets-depl one-disruption-budget: not exactly one PodDisruptionBudget selects the pods',
      ],
    },
    {
      fault: 'a disruption budget that allows no pod to stay',
      plant: (objects) => (budget(objects).maxUnavailable = '100%'),
      reports: ['orders one-disruption-at-a-time: not exactly one pod may be unavailable'],
    },
    {
      fault: 'a service that may run on one node',
      plant: (objects) => delete orders(objects).spec.template.spec.topologySpreadConstraints,
      reports: ['orders-depl spread-over-nodes: all pods may run on one node'],
    },
    {
      fault: 'a store that may run on one node',
      in: 'prod',
      plant: (objects) =>
        pod(objects).topologySpreadConstraints?.forEach(
          (spread) => (spread.whenUnsatisfiable = 'ScheduleAnyway'),
        ),
      reports: ['auth-mongo spread-over-nodes: one node may run a majority'],
    },
    {
      fault: 'a spread constraint that selects no pods',
      in: 'prod',
      plant: (objects) =>
        pod(objects).topologySpreadConstraints?.forEach((spread) => (spread.labelSelector = {})),
      reports: ["auth-mongo spread-over-nodes: a spread constraint does not select the workload's own pods"],
    },
  ],
});
