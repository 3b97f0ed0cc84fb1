// A pod's grace period covers its service's shutdown.

import { configOf, containerOf, deployables } from './declared.js';
import { named, type Manifest } from './objects.js';

/** The time that requests and messages in flight may take, after both delays. */
const drainSeconds = 25;

export function shortGracePeriods(objects: readonly Manifest[]): string[] {
  return deployables.flatMap((service) => {
    const { name } = service;
    const { spec } = named(objects, 'Deployment', `${name}-depl`).spec.template;
    const asleep = containerOf(objects, service).lifecycle?.preStop?.sleep?.seconds ?? 0;
    const delay = asleep + Number(configOf(objects, service)['SHUTDOWN_DELAY_MS'] ?? 0) / 1_000;
    const needed = delay + drainSeconds;
    const given = spec.terminationGracePeriodSeconds ?? 30;
    return [
      ...(delay > 0 ? [] : [`${name} stops before its endpoint is removed`]),
      ...(given >= needed ? [] : [`${name} needs ${needed} s to stop, and has ${given}`]),
    ];
  });
}
