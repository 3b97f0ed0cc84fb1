import { BaseConfig, DatabaseConfig } from '@ticketing/common/service';
import { z } from 'zod';
import { services } from '../ports.js';

const ports = z.object(
  Object.fromEntries(services.map((name) => [name, z.int().min(1).max(65_535)])) as Record<
    (typeof services)[number],
    z.ZodInt
  >,
);

/** The variables of the program behind the page `/inspect`. */
export const InspectConfig = BaseConfig.pick({
  ...{ PORT: true, NAMESPACE: true, EVENT_BUS: true, NATS_URL: true, NATS_PASSWORD: true, NATS_CA: true },
  ...{ NATS_REPLICAS: true, NATS_CLUSTER_ID: true, NATS_ACK_WAIT_MS: true },
  ...{ NATS_STREAM_MAX_BYTES: true, NATS_STREAM_MAX_AGE_HOURS: true },
}).extend({
  MONGO_URI: DatabaseConfig.shape.MONGO_URI,
  GATEWAY_PORT: z.coerce.number().int(),
  /** JSON: the port of each service */
  SERVICE_PORTS: z.string().transform((text) => ports.parse(JSON.parse(text))),
});
export type InspectConfig = z.infer<typeof InspectConfig>;
