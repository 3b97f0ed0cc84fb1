// Environment variables, read once at the start. Each service declares its own in one zod schema, beside the shared ones.

import { z } from 'zod';
import { privateKeyProblem, publicKeysProblem, sessionKeyProblems } from '../http/session-keys.js';
import { predicateOf } from '../predicates.js';

/** A whole number with a default and bounds. */
export function integer(fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER) {
  return z.coerce.number().int().min(min).max(max).default(fallback);
}

/** A constant of production. Other environments may set it, because tests need other timings and sizes. */
export const constant = <T extends z.ZodType>(schema: T): T => schema.meta({ isConstant: true });

/** Is this variable a constant in production? */
export const isConstant = (schema: z.ZodType | undefined): boolean => schema?.meta()?.['isConstant'] === true;

/** A key that services share. */
export const secret = z.string().min(32, 'must have at least 32 characters');

const textWithout = (problemOf: (text: string) => string | undefined) =>
  z.string().superRefine((text, { addIssue }) => {
    const message = problemOf(text);
    if (message !== undefined) addIssue({ code: 'custom', message });
  });

/** The key by which auth alone signs sessions. */
export const privateKey = textWithout(privateKeyProblem);

/** The variables of every service. */
export const BaseConfig = z.object({
  PORT: integer(3000, 0, 65_535),
  /** The address to listen on; by default every address of the machine. */
  BIND_ADDRESS: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').optional(),
  NAMESPACE: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be lower-case letters, digits and dashes')
    .default('ticketing'),
  /** Marks what this installation creates outside: payments at Stripe, and traces. Default: NAMESPACE. */
  INSTALLATION_ID: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must be letters, digits, dots, dashes and underscores')
    .optional(),
  /** The collector of traces, by OTLP over HTTP. Without it no span is exported and no SDK is loaded. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** Headers for the collector, `name=value,…`. The exporter reads this variable itself. */
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .regex(/^[^=,\s]+=[^,]*(,[^=,\s]+=[^,]*)*$/, 'must be name=value,…')
    .optional(),
  /** The service's name in traces. */
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
  /** The share of traces that the ratio samplers take. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  EVENT_BUS: z.enum(['jetstream', 'nats-streaming']).default('jetstream'),
  NATS_URL: z.string().min(1),
  /** The password of the user in NATS_URL, if it is not in NATS_URL itself. */
  NATS_PASSWORD: z.string().min(1).optional(),
  /** Path of the certificate authority of the bus; it requires TLS, as `tls://` in NATS_URL does. */
  NATS_CA: z.string().regex(/^\//, 'must be an absolute path').optional(),
  /** The number of JetStream servers that store a message before it is confirmed. */
  NATS_REPLICAS: integer(1, 1, 5),
  /** The most bytes of events on each JetStream server; a full stream refuses more. Without it the server's limit holds. */
  NATS_STREAM_MAX_BYTES: z.coerce.number().int().min(1_000_000).optional(),
  /** The age at which JetStream drops an event. Copies forget what they know of an order no sooner than a week after it. */
  NATS_STREAM_MAX_AGE_HOURS: integer(168, 1, 168),
  /** The cluster id of NATS Streaming. JetStream ignores it. */
  NATS_CLUSTER_ID: z
    .string()
    .regex(/^[\w-]+$/, 'must be letters, digits, dashes and underscores')
    .default('ticketing'),
  /** Time until an unacknowledged message is delivered again. The default depends on the bus. */
  NATS_ACK_WAIT_MS: constant(z.coerce.number().int().min(1_000).optional()),
  /** Signs and verifies sessions (HS256); required without JWT_PUBLIC_KEYS. */
  JWT_KEY: secret.optional(),
  JWT_KEY_PREVIOUS: secret.optional(),
  /** Verify sessions that only auth can sign (ES256): PEM keys one after the other, or a JWKS. */
  JWT_PUBLIC_KEYS: textWithout(publicKeysProblem).optional(),
  COOKIE_SECURE: z.enum(['auto', 'true', 'false']).default('auto'),
  /** The number of proxies before the service whose headers about address and protocol are trusted. */
  TRUST_PROXY: integer(0, 0, 10),
  REQUEST_TIMEOUT_MS: constant(integer(4_500, 100)),
  /** Requests per minute and process from a network (IPv6: a /64) and from a user; 0 disables the limit. */
  RATE_LIMIT_PER_ADDRESS: integer(6_000),
  RATE_LIMIT_PER_USER: integer(600),
  /** Invalid webhooks of a network in a minute. Beyond that, its webhooks are refused unread. */
  INVALID_WEBHOOKS_PER_ADDRESS: constant(integer(10, 1)),
  /** Most requests in flight. The limit shrinks while most answers are slow; 0 disables it. */
  MAX_REQUESTS_IN_FLIGHT: integer(1_000),
  /** Most open streams of live updates in a process, and of a network and a user in it. */
  MAX_STREAMS: integer(5_000, 1),
  MAX_STREAMS_PER_ADDRESS: integer(1_000, 1),
  MAX_STREAMS_PER_USER: constant(integer(20, 1)),
  SLOW_ANSWER_MS: constant(integer(150, 10)),
  /** Time between "not ready" and the end of listening, so that load balancers notice first. */
  SHUTDOWN_DELAY_MS: constant(integer(0)),
  /** Messages that a process handles at once. Together they share database commands, and in tickets counts of places. */
  CONSUMER_CONCURRENCY: constant(integer(100, 1, 1_000)),
  OUTBOX_SWEEP_MS: constant(integer(1_000, 10)),
  /** Interval of the job that counts what lies in the stores. */
  GAUGES_EVERY_MS: constant(integer(10_000, 10)),
  /** The first delay of a retried message; it doubles with each try up to the longest. */
  RETRY_DELAY_MS: constant(integer(250, 1)),
  RETRY_DELAY_MAX_MS: constant(integer(60_000, 1)),
  MAX_TRIES: constant(integer(5, 1, 100)),
  /** A message about something unknown is a dead letter after this time. */
  NOT_FOUND_RETRY_SECONDS: constant(integer(110)),
  /** Interval of the job that tries parked messages again. */
  PARKED_SWEEP_MS: constant(integer(1_000, 10)),
});
export type BaseConfig = z.infer<typeof BaseConfig>;

/** The variables of a service with a MongoDB. */
export type DatabaseConfig = z.infer<typeof DatabaseConfig>;
export const DatabaseConfig = z.object({
  MONGO_URI: z.string().regex(/^mongodb(\+srv)?:\/\//, 'must start with mongodb://'),
  /** May the service initiate the replica set of MONGO_URI? */
  MONGO_INITIATE: z.stringbool().default(false),
  /** Key of the set's members (mongod's key file). With MONGO_INITIATE, it also makes the user of MONGO_URI. */
  MONGO_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/=]{6,1024}$/, 'must be 6 to 1,024 characters of base64')
    .optional(),
  MONGO_TIMEOUT_MS: constant(integer(3_000, 100)),
  MONGO_POOL_SIZE: constant(integer(32, 1, 1_000)),
});

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Parses the environment. An empty variable counts as absent.
 * @throws ConfigError that names every invalid variable with its rule, and never a value
 */
export function readConfig<T>(schema: z.ZodType<T>, env: Readonly<Record<string, string | undefined>>): T {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given, { error: predicateOf });
  const problems = (result.error?.issues ?? []).map((issue) => {
    const name = issue.path.join('.');
    return given[name] === undefined ? `${name} is missing` : `${name} ${issue.message}`;
  });
  if ('JWT_KEY' in shapeOf(schema))
    problems.push(...sessionKeyProblems(given, 'JWT_PRIVATE_KEY' in shapeOf(schema)));
  if (env['NODE_ENV'] === 'production')
    for (const name of Object.keys(given))
      if (isConstant(shapeOf(schema)[name])) problems.push(`${name} is a constant in production`);
  if (problems.length > 0 || !result.success)
    throw new ConfigError(`invalid environment: ${problems.join('; ')}`);
  return Object.freeze(result.data);
}

const shapeOf = (schema: z.ZodType): Readonly<Record<string, z.ZodType>> =>
  schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
