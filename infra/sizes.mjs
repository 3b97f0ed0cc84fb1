// node infra/sizes.mjs: computes the sizes of volumes, streams, memory and processors for a number of orders a minute. It
// prints the table of docs/operations.md#past-one-machine and writes infra/k8s/components/size-*. With `--json`, it prints all
// of it and writes nothing. tests/cluster/manifests/sizes.test.ts compares the manifests with it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { componentOf, goShare } from './size-components.mjs';
import { measured } from './sizes-measured.mjs';

const gib = 2 ** 30;
const mib = 2 ** 20;
const busShare = 0.6; // of max_bytes, at the planned rate; the alert is at 0.8
const volumeShare = 0.8; // of a volume; its alert comes before it is full
const coreShare = 0.6; // of the requested processors: room for peaks
const fragmentation = 1.25; // pages that WiredTiger has not filled or given back
const journalBytes = gib; // journal, diagnostics, and what a checkpoint writes beside the old pages
const hoursInCache = 1; // what buyers, relays and sweeps still read
const windowMinutes = 15; // an unpaid order holds its places so long
const timerBytes = 1_100;
// The upper bounds of one machine. Beyond them, a stream or a store is divided.
const maxMemoryOfOneStream = 48 * gib;
// No installation has less, so that each component only adds.
const least = {
  volume: 5 * gib,
  natsMemory: gib,
  mongoMemory: 2 * gib,
  redisMemory: 1_200 * mib,
  cores: 0.25,
};
const maxOfOnePrimary = { cores: 16, cache: 64 * gib, data: 2_048 * gib };

/**
 * The installations that have manifests, and the next one. `busHours`: how long a service may be away without losing an
 * event. `purchases`: how many the volumes of MongoDB hold before they are enlarged.
 */
const plans = {
  prod: { ordersPerMinute: 1_000, busHours: 4, purchases: 500_000 },
  'size-10k': { ordersPerMinute: 10_000, busHours: 4, purchases: 20_000_000 },
  'size-100k': { ordersPerMinute: 100_000, busHours: 2, purchases: 200_000_000 },
  'a million': { ordersPerMinute: 1_000_000, busHours: 1, purchases: 2_000_000_000 },
};

const up = (value, step) => Math.ceil(value / step) * step;
/** The number of equal parts; hashes are divided by a power of two. */
const powerOfTwo = (value) => 2 ** Math.max(0, Math.ceil(Math.log2(value)));

/** All sizes of a plan: bytes, and cores for processors. What is divided is given for one part. */
function sizesFor({ ordersPerMinute, busHours, purchases }) {
  const perSecond = ordersPerMinute / 60;
  const cores = (cpuMs) => (perSecond * cpuMs) / 1_000 / coreShare;
  const bus = busFor(ordersPerMinute, busHours, cores);
  const stores = Object.fromEntries(
    Object.entries(measured.stores).map(([service, store]) => [
      service,
      storeFor(store, { ordersPerMinute, busHours, purchases, cores }),
    ]),
  );
  const services = Object.fromEntries(
    Object.entries(measured.services).map(([service, cpuMs]) => [service, serviceFor(cores(cpuMs))]),
  );
  const timers = ordersPerMinute * windowMinutes * timerBytes;
  return { perSecond, bus, stores, services, redis: redisFor(timers) };
}

function busFor(ordersPerMinute, busHours, cores) {
  const { bytes, messages, subjects, memoryPerSubject, memoryAtRest, cpuMs } = measured.bus;
  const all = (ordersPerMinute * 60 * busHours * bytes) / busShare;
  // A full stream must fit into memory too: nats-server keeps an entry of each subject.
  const memoryFor = (stored) => memoryAtRest + (stored / bytes) * subjects * memoryPerSubject;
  const streams = powerOfTwo(memoryFor(all) / goShare / maxMemoryOfOneStream);
  const maxBytes = up(all / streams, gib / 4);
  return {
    eventsPerSecond: (ordersPerMinute / 60) * messages,
    streams,
    maxBytes,
    maxAgeHours: busHours,
    volume: Math.max(least.volume, up(maxBytes / volumeShare, gib)),
    memory: Math.max(least.natsMemory, up(memoryFor(maxBytes) / goShare, gib)),
    cores: Math.max(least.cores, cores(cpuMs) / streams),
  };
}

function storeFor(store, { ordersPerMinute, busHours, purchases, cores }) {
  const oplog = ordersPerMinute * 60 * busHours * store.oplogOnDisk;
  const data = purchases * store.onDisk * fragmentation + oplog;
  const hot = ordersPerMinute * 60 * hoursInCache * store.inCache * fragmentation;
  const most = maxOfOnePrimary;
  const primaries = powerOfTwo(Math.max(cores(store.cpuMs) / most.cores, hot / most.cache, data / most.data));
  const memory = Math.max(least.mongoMemory, up((2 * hot) / primaries, gib));
  return {
    primaries,
    volume: Math.max(least.volume, up((data / primaries + journalBytes) / volumeShare, gib)),
    cache: memory / 2,
    memory,
    cores: Math.max(least.cores, cores(store.cpuMs) / primaries),
  };
}

/** A Node process uses little more than one core, so a pod requests at most one. */
function serviceFor(cores) {
  const request = cores > 2 ? 1 : cores > 0.5 ? 0.5 : 0.25;
  return { cores, request, maxPods: Math.max(10, up(cores / request, 1) * 2) };
}

function redisFor(timers) {
  const maxMemory = Math.max(least.redisMemory, up(timers * 1.5, 100 * mib));
  return { maxMemory, memory: up(maxMemory * 1.5, gib) };
}

const gi = (bytes) => `${Math.round((bytes / gib) * 100) / 100}Gi`;
const rounded = (cores) => (cores < 10 ? cores.toFixed(1) : String(Math.round(cores)));

/** The rows of the table in docs/operations.md. */
function table() {
  const columns = Object.values(plans).map((plan) => ({ plan, ...sizesFor(plan) }));
  const line = (name, of) => `| ${name} | ${columns.map(of).join(' | ')} |`;
  const services = Object.keys(measured.services);
  const stores = Object.keys(measured.stores);
  const divided = (count, size) => (count > 1 ? `${count} × ${size}` : size);
  return [
    line('orders a minute', ({ plan }) => plan.ordersPerMinute.toLocaleString('en')),
    `|---|${columns.map(() => '---').join('|')}|`,
    line('events a second', ({ bus }) => Math.round(bus.eventsPerSecond).toLocaleString('en')),
    line('events are kept', ({ bus }) => `${bus.maxAgeHours} h`),
    line('`max_bytes`', ({ bus }) => divided(bus.streams, gi(bus.maxBytes))),
    line('NATS: volume', ({ bus }) => divided(bus.streams, gi(bus.volume))),
    line('NATS: memory', ({ bus }) => divided(bus.streams, gi(bus.memory))),
    line('NATS: cores', ({ bus }) => divided(bus.streams, rounded(bus.cores))),
    line('purchases on the volumes', ({ plan }) => plan.purchases.toLocaleString('en')),
    ...stores.map((name) =>
      line(`MongoDB of ${name}: volume, memory, cores`, (column) => {
        const { primaries, volume, memory, cores } = column.stores[name];
        return divided(primaries, [gi(volume), gi(memory), rounded(cores)].join(', '));
      }),
    ),
    line('Redis: memory', ({ redis }) => gi(redis.memory)),
    ...services.map((name) => line(`cores of ${name}`, (column) => rounded(column.services[name].cores))),
  ].join('\n');
}

const component = (name) => componentOf(plans[name], sizesFor(plans[name]));
const components = Object.keys(plans).filter((name) => name.startsWith('size-'));

if (process.argv.includes('--json')) {
  const sizes = Object.fromEntries(Object.entries(plans).map(([name, plan]) => [name, sizesFor(plan)]));
  const files = Object.fromEntries(components.map((name) => [name, component(name)]));
  console.log(JSON.stringify({ table: table(), sizes, files, measured }));
} else {
  for (const name of components) {
    const folder = join(import.meta.dirname, 'k8s', 'components', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'kustomization.yaml'), component(name));
  }
  console.log(table());
}
