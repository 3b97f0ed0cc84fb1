// The sizes in the manifests fit together, and are those that infra/sizes.mjs computes.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { configOf, services } from './declared.js';
import { mainContainer, named, ofKind, type Manifest, type Workload } from './objects.js';
import { root } from './variants.js';

type Bus = { maxBytes: number; maxAgeHours: number; volume: number; memory: number };
type Store = { volume: number; cache: number; memory: number };
export type Sizes = {
  bus: Bus;
  stores: Record<string, Store>;
  services: Record<string, { maxPods: number }>;
};
type Computed = {
  table: string;
  sizes: Record<string, Sizes>;
  files: Record<string, string>;
  measured: { bus: { bytes: number; subjects: number; memoryPerSubject: number; memoryAtRest: number } };
};

export const computed = JSON.parse(
  execFileSync(process.execPath, [join(root, 'infra', 'sizes.mjs'), '--json'], { encoding: 'utf8' }),
) as Computed;

const units: Record<string, number> = { Gi: 2 ** 30, Mi: 2 ** 20, gb: 2 ** 30, mb: 2 ** 20, '': 1 };

/** Bytes of a quantity such as `5Gi`. */
export function bytesOf(quantity = ''): number {
  const [, number, unit = ''] = /^([\d.]+)(\D*)$/.exec(quantity) ?? [];
  return Number(number) * (units[unit] ?? Number.NaN);
}

const volumeOf = ({ spec }: Workload) =>
  bytesOf(spec.volumeClaimTemplates?.[0]?.spec.resources.requests['storage']);
const memoryOf = (workload: Workload) => bytesOf(mainContainer(workload).resources?.limits?.['memory']);
const cacheOf = (workload: Workload) => {
  const { args = [] } = mainContainer(workload);
  return Number(args[args.indexOf('--wiredTigerCacheSizeGB') + 1]) * 2 ** 30;
};

/** A full stream fits on the volume and into the memory of its server, which refuses events before it is killed. */
export function wrongStream(objects: readonly Manifest[]): string[] {
  const nats = ofKind(objects, 'StatefulSet').find(({ metadata }) => metadata.name === 'nats');
  // The operator of a server elsewhere sizes it.
  if (!nats) return [];
  const { bytes, subjects, memoryPerSubject, memoryAtRest } = computed.measured.bus;
  const store = Number(mainContainer(nats).env?.find(({ name }) => name === 'MAX_FILE_STORE')?.value);
  const limits = new Set(services.map((service) => configOf(objects, service)['NATS_STREAM_MAX_BYTES']));
  const ages = new Set(services.map((service) => configOf(objects, service)['NATS_STREAM_MAX_AGE_HOURS']));
  const [limit] = [...limits] as number[];
  if (limits.size > 1 || ages.size > 1) return ['the services disagree about the limits of the stream'];
  if (limit === undefined) return ['the stream has no limit'];
  const needed = memoryAtRest + (limit / bytes) * subjects * memoryPerSubject;
  return [
    ...(limit <= volumeOf(nats) * 0.8 ? [] : ['a full stream takes over 80 % of its volume']),
    ...(store >= limit && store <= volumeOf(nats) * 0.9
      ? []
      : [`MAX_FILE_STORE is ${store}, not between the stream's limit and 90 % of the volume`]),
    ...(needed <= memoryOf(nats)
      ? []
      : [`a full stream needs ${Math.ceil(needed / 2 ** 20)} MiB of memory in nats-server`]),
  ];
}

/** Where the manifests differ from the computed sizes. */
export function differences(objects: readonly Manifest[], sizes: Sizes): string[] {
  const nats = named(objects, 'StatefulSet', 'nats');
  const [first] = services;
  const config = first ? configOf(objects, first) : {};
  const compared: [what: string, actual: unknown, expected: number][] = [
    ['max_bytes of the stream', config['NATS_STREAM_MAX_BYTES'], sizes.bus.maxBytes],
    ['hours in the stream', config['NATS_STREAM_MAX_AGE_HOURS'], sizes.bus.maxAgeHours],
    ['volume of nats', volumeOf(nats), sizes.bus.volume],
    ['memory of nats', memoryOf(nats), sizes.bus.memory],
  ];
  for (const [service, store] of Object.entries(sizes.stores)) {
    const mongo = named(objects, 'StatefulSet', `${service}-mongo`);
    compared.push(
      [`volume of ${service}-mongo`, volumeOf(mongo), store.volume],
      [`memory of ${service}-mongo`, memoryOf(mongo), store.memory],
      [`cache of ${service}-mongo`, cacheOf(mongo), store.cache],
    );
  }
  for (const [service, { maxPods }] of Object.entries(sizes.services)) {
    const { maxReplicas } = named(objects, 'HorizontalPodAutoscaler', service).spec;
    compared.push([`most pods of ${service}`, maxReplicas, maxPods]);
  }
  return compared
    .filter(([, actual, expected]) => actual !== expected)
    .map(([what, actual, expected]) => `${what} is ${String(actual)}, not ${expected}`);
}
