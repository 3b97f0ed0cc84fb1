import type { BaseConfig } from '../service/config.js';
import type { Bus, BusOptions } from './bus.js';
import { openJetStream } from './jetstream/jetstream.js';
import { natsServers } from './nats-servers.js';
import { openNatsStreaming } from './nats-streaming/nats-streaming.js';
import { watchRefusals } from './refusals.js';

type BusConfig = Pick<
  BaseConfig,
  | 'EVENT_BUS'
  | 'NATS_URL'
  | 'NATS_CA'
  | 'NATS_REPLICAS'
  | 'NATS_STREAM_MAX_BYTES'
  | 'NATS_STREAM_MAX_AGE_HOURS'
  | 'NATS_CLUSTER_ID'
  | 'NATS_ACK_WAIT_MS'
  | 'NAMESPACE'
>;

type Parts = Pick<BusOptions, 'clientName' | 'log' | 'onUnusable' | 'onRefused'>;

/**
 * Returns the bus that `EVENT_BUS` names, at once; it connects in the background and keeps trying.
 * @throws ConfigError for an invalid NATS_URL or NATS_CA
 */
export function openBus(config: BusConfig, parts: Parts): Bus {
  const options = {
    ...parts,
    servers: natsServers(config),
    namespace: config.NAMESPACE,
    ackWaitMs: config.NATS_ACK_WAIT_MS,
  };
  const driver =
    config.EVENT_BUS === 'jetstream'
      ? openJetStream({ ...options, limits: limitsIn(config) })
      : openNatsStreaming({ ...options, clusterId: config.NATS_CLUSTER_ID });
  return watchRefusals(driver, parts);
}

const limitsIn = (config: BusConfig) => ({
  replicas: config.NATS_REPLICAS,
  maxBytes: config.NATS_STREAM_MAX_BYTES,
  maxAgeHours: config.NATS_STREAM_MAX_AGE_HOURS,
});
