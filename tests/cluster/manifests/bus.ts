// The bus server has the kind and the number of replicas that the services are configured for.

import { configOf, services } from './declared.js';
import { mainContainer, named, ofKind, type Manifest } from './objects.js';
import type { Variant } from './variants.js';

export function wrongBus(objects: readonly Manifest[], variant: Variant): string[] {
  const count = variant.production && !variant.streaming ? 3 : 1;
  const { replicas } = named(objects, 'StatefulSet', 'nats').spec;
  return [
    ...(replicas === count ? [] : [`the bus has ${replicas} servers, not ${count}`]),
    ...(variant.streaming ? wrongStreaming(objects) : wrongCluster(objects, count)),
    ...services.flatMap((service) => {
      const { EVENT_BUS, NATS_REPLICAS } = configOf(objects, service);
      const bus = variant.streaming ? 'nats-streaming' : 'jetstream';
      return [
        ...(EVENT_BUS === bus ? [] : [`${service.name} uses ${String(EVENT_BUS)}`]),
        // Every server has each message.
        ...(NATS_REPLICAS === count
          ? []
          : [`${service.name} asks for ${String(NATS_REPLICAS)} replicas of a message`]),
      ];
    }),
  ];
}

function wrongStreaming(objects: readonly Manifest[]): string[] {
  const server = 'nats-streaming-server';
  const {
    image,
    command = [],
    args = [],
    ...container
  } = mainContainer(named(objects, 'StatefulSet', 'nats'));
  const { startupProbe, readinessProbe, livenessProbe, lifecycle } = container;
  const handlers = [startupProbe, readinessProbe, livenessProbe, lifecycle?.preStop, lifecycle?.postStart];
  const runs = [command[0], ...handlers.map((handler) => handler?.exec?.command[0])].filter(Boolean);
  return [
    ...(/^nats-streaming:/.test(image) ? [] : [`the image is ${image}`]),
    ...runs.filter((program) => program !== server).map((program) => `${program} is missing in the image`),
    ...services.flatMap((service) => {
      const id = String(configOf(objects, service)['NATS_CLUSTER_ID']);
      return args.includes(`--cluster_id=${id}`) ? [] : [`${service.name} uses the cluster ID ${id}`];
    }),
  ];
}

function wrongCluster(objects: readonly Manifest[], count: number): string[] {
  const { volumes = [], containers } = named(objects, 'StatefulSet', 'nats').spec.template.spec;
  const map = volumes.find(({ configMap }) => configMap)?.configMap?.name;
  const config =
    ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name === map)?.data?.['nats.conf'] ?? '';
  const routes = [...config.matchAll(/nats:\/\/\S+/g)].map(([route]) => route);
  const expected =
    count === 1 ? [] : Array.from({ length: count }, (_, index) => `nats://nats-${index}.nats-srv:6222`);
  return [
    ...(routes.join() === expected.join() ? [] : [`the cluster routes are ${routes.join() || 'none'}`]),
    ...(/^nats:/.test(containers[0]?.image ?? '') ? [] : [`the image is ${containers[0]?.image}`]),
  ];
}
