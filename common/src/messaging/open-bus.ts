import type { BaseConfig } from '../config.js';
import type { Bus, BusOptions } from './bus.js';
import { openJetStream } from './jetstream.js';
import { openNatsStreaming } from './nats-streaming.js';

type BusConfig = Pick<
  BaseConfig,
  'EVENT_BUS' | 'NATS_URL' | 'NATS_CLUSTER_ID' | 'NAMESPACE' | 'NATS_ACK_WAIT_MS'
>;

/** Opens the bus that `EVENT_BUS` names; it connects in the background and for ever. */
export function openBus(
  config: BusConfig,
  { clientName, log, onUnusable }: Pick<BusOptions, 'clientName' | 'log' | 'onUnusable'>,
): Bus {
  const options: BusOptions = {
    url: config.NATS_URL,
    namespace: config.NAMESPACE,
    clientName,
    log,
    onUnusable,
    ackWaitMs: config.NATS_ACK_WAIT_MS,
  };
  switch (config.EVENT_BUS) {
    case 'jetstream':
      return openJetStream(options);
    case 'nats-streaming':
      return openNatsStreaming({ ...options, clusterId: config.NATS_CLUSTER_ID });
  }
}
