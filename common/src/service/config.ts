// Environment variables, read once. A service declares its own as one zod schema and takes the shared ones from here.

import { z } from 'zod';

/** A whole number from the environment, with a default and bounds. */
export function integer(fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER) {
  return z.coerce.number().int().min(min).max(max).default(fallback);
}

const secret = z.string().min(32, 'must have at least 32 characters');

/** What every service reads. */
export const BaseConfig = z.object({
  PORT: integer(3000, 0, 65_535),
  NAMESPACE: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be lower-case letters, digits and dashes')
    .default('ticketing'),
  /** where spans are sent to, by OTLP over HTTP; nowhere without it, and nothing of it is loaded */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** `name=value,…`, sent with them: a collector may want a key. The exporter reads it itself. */
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .regex(/^[^=,\s]+=[^,]*(,[^=,\s]+=[^,]*)*$/, 'must be name=value,…')
    .optional(),
  /** by default the service's own name */
  OTEL_SERVICE_NAME: z
    .string()
    .regex(/^[\w.-]+$/, 'must be letters, digits, dots, dashes and underscores')
    .optional(),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on'),
  /** the share of traces that the two ratio samplers take */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  EVENT_BUS: z.enum(['jetstream', 'nats-streaming']).default('jetstream'),
  NATS_URL: z.string().min(1),
  /** of JetStream's stream: on how many servers of a cluster each message is stored before it is confirmed */
  NATS_REPLICAS: integer(1, 1, 5),
  /** only of NATS Streaming: what its server was started with */
  NATS_CLUSTER_ID: z
    .string()
    .regex(/^[\w-]+$/, 'must be letters, digits, dashes and underscores')
    .default('ticketing'),
  /** until a message that nobody answered for is delivered again; by default what the bus finds right */
  NATS_ACK_WAIT_MS: z.coerce.number().int().min(1_000).optional(),
  JWT_KEY: secret,
  JWT_KEY_PREVIOUS: secret.optional(),
  COOKIE_SECURE: z.enum(['auto', 'true', 'false']).default('auto'),
  /** How many proxies in front of the service may be believed about the client's address and protocol. */
  TRUST_PROXY: integer(0, 0, 10),
  REQUEST_TIMEOUT_MS: integer(4_500, 100),
  /** Requests a minute to one process from an address (IPv6: its /64), and from who is signed in; 0 switches it off. */
  RATE_LIMIT_PER_ADDRESS: integer(6_000),
  RATE_LIMIT_PER_USER: integer(600),
  /** How many requests may be in hand at once; fewer while most answers are slow. 0 switches it off. */
  MAX_REQUESTS_IN_FLIGHT: integer(1_000),
  SLOW_ANSWER_MS: integer(150, 10),
  /** Between "not ready" and the end of listening, so that load balancers notice first. */
  SHUTDOWN_DELAY_MS: integer(0),
  CONSUMER_CONCURRENCY: integer(16, 1, 1_000),
  OUTBOX_SWEEP_MS: integer(1_000, 10),
  /** How often what lies in the stores is counted for the metrics. */
  GAUGES_EVERY_MS: integer(10_000, 10),
  /** Of a message that is retried: first delay, doubled each time up to the longest. */
  RETRY_DELAY_MS: integer(250, 1),
  RETRY_DELAY_MAX_MS: integer(60_000, 1),
  MAX_TRIES: integer(5, 1, 100),
  NOT_FOUND_RETRY_SECONDS: integer(3_600),
});
export type BaseConfig = z.infer<typeof BaseConfig>;

/** What a service with a MongoDB reads as well. */
export type DatabaseConfig = z.infer<typeof DatabaseConfig>;
export const DatabaseConfig = z.object({
  MONGO_URI: z.string().regex(/^mongodb(\+srv)?:\/\//, 'must start with mongodb://'),
  /** whether the service may make the hosts of MONGO_URI a replica set when they have none yet */
  MONGO_INITIATE: z.stringbool().default(false),
  MONGO_TIMEOUT_MS: integer(3_000, 100),
  MONGO_POOL_SIZE: integer(32, 1, 1_000),
});

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Parses the environment by `schema`; an empty text counts as absent.
 * @throws ConfigError that names every bad variable and its rule at once, and never a value.
 */
export function readConfig<T>(schema: z.ZodType<T>, env: Readonly<Record<string, string | undefined>>): T {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return Object.freeze(result.data);
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return given[name] === undefined ? `${name} is missing` : `${name} ${issue.message}`;
  });
  throw new ConfigError(`bad environment: ${problems.join('; ')}`);
}
