// The meaning of each environment variable, for operators. The schemas hold the rest: types, bounds and defaults.

export const meanings: Readonly<Record<string, string>> = {
  PORT: 'Port of the service. For `npm start`: port of the gateway (8080); the others follow it.',
  BIND_ADDRESS:
    'Address to listen on; by default every one. For `npm start`: address of the gateway (127.0.0.1), which alone can be reached from other machines.',
  NAMESPACE: 'Prefix of databases, stream, subjects, consumers and Redis keys.',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'OTLP collector for traces, over HTTP. Without it there are no traces.',
  OTEL_EXPORTER_OTLP_HEADERS: 'Headers for the collector: `name=value,…`.',
  OTEL_SERVICE_NAME: 'Name of the service in traces; by default its own.',
  OTEL_TRACES_SAMPLER: 'OpenTelemetry sampler.',
  OTEL_TRACES_SAMPLER_ARG: 'Share of traces that the ratio samplers keep, from 0 to 1.',
  LOG_LEVEL: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
  EVENT_BUS: '`jetstream` or `nats-streaming`; see [switch buses](how-to/switch-buses.md).',
  NATS_URL:
    'nats-server 2.12.3 or newer with JetStream, or nats-streaming-server; comma-separated: `nats://user@host:port`, or `tls://…`.',
  NATS_PASSWORD: 'Password of the user in `NATS_URL`, unless it is in `NATS_URL`.',
  NATS_CA: 'Path of the certificate authority of the bus. It requires TLS.',
  NATS_REPLICAS: 'JetStream only: servers of the cluster that store each event.',
  NATS_STREAM_MAX_BYTES:
    'JetStream only: bytes of events that each server stores; a full stream refuses more. By default the limit of the server.',
  NATS_STREAM_MAX_AGE_HOURS: 'JetStream only: how long an event stays on the bus.',
  NATS_CLUSTER_ID: 'NATS Streaming only: cluster id of the server.',
  NATS_ACK_WAIT_MS:
    'Time until an unacknowledged message is redelivered; by default 30 s, on NATS Streaming 60 s.',
  JWT_KEY:
    'Signs and verifies sessions (HS256); at least 32 characters, the same for all services. Required without `JWT_PUBLIC_KEYS`; beside them, both kinds of sessions are accepted.',
  JWT_KEY_PREVIOUS: 'Verifies sessions only, while the key is rotated.',
  JWT_PUBLIC_KEYS:
    'Verify sessions that only auth can sign (ES256): PEM blocks or a JWKS, one or more keys of P-256; see [let only auth sign sessions](operations.md#let-only-auth-sign-sessions).',
  JWT_PRIVATE_KEY:
    'Signs sessions (ES256): a PEM of P-256, whose public key is one of `JWT_PUBLIC_KEYS`. Only auth may have it.',
  COOKIE_SECURE: '`Secure` flag of the session cookie. `auto`: set if the request came by HTTPS.',
  TRUST_PROXY: 'Number of proxies in front that are trusted for client address and protocol.',
  REQUEST_TIMEOUT_MS: 'Time after which an unanswered request gets 503.',
  RATE_LIMIT_PER_ADDRESS: 'Requests per minute and process from one client address; 0 disables the limit.',
  RATE_LIMIT_PER_USER: 'Requests per minute and process of one signed-in user; 0 disables the limit.',
  INVALID_WEBHOOKS_PER_ADDRESS:
    'Invalid webhooks from one client address per minute and process; beyond that its webhooks get 429.',
  MAX_REQUESTS_IN_FLIGHT:
    'Upper bound of concurrent requests. The limit falls while answers are slow; 0 disables it.',
  MAX_STREAMS:
    'Most open streams of live updates per process; further ones get 503. Each takes about 20 kB of memory.',
  MAX_STREAMS_PER_ADDRESS:
    'Most open streams per process from one IPv4 address or IPv6 /64; further ones get 429.',
  MAX_STREAMS_PER_USER: 'Most open streams per process of one signed-in user; further ones get 429.',
  SLOW_ANSWER_MS: 'Response time from which an answer counts as slow.',
  SHUTDOWN_DELAY_MS: 'Time between "not ready" and closing the port, for load balancers to notice.',
  CONSUMER_CONCURRENCY: 'Messages that a service handles at the same time.',
  OUTBOX_SWEEP_MS: 'Interval of the sweep that publishes events which a crash or an outage left behind.',
  GAUGES_EVERY_MS: 'Interval at which stored documents are counted for metrics.',
  RETRY_DELAY_MS: 'First delay before a failed message is retried; it doubles with each try.',
  RETRY_DELAY_MAX_MS: 'Longest delay between two tries.',
  MAX_TRIES: 'Failed tries after which a message becomes a dead letter.',
  NOT_FOUND_RETRY_SECONDS: 'How long a message is retried if the document it needs is missing.',
  PARKED_SWEEP_MS: 'Interval of the job that tries failed messages again.',
  MONGO_URI:
    'Replica set of MongoDB 6.0 or newer, with user, password and TLS. Each service uses a database of its own.',
  MONGO_INITIATE: 'Whether the service may initiate the replica set on the hosts of `MONGO_URI`.',
  MONGO_KEY:
    'Key of the members of the replica set (key file of mongod). With `MONGO_INITIATE`, the service creates the user in `MONGO_URI` by it, or changes its password.',
  MONGO_TIMEOUT_MS: 'Time after which a request to MongoDB has failed.',
  MONGO_POOL_SIZE: 'Connections to MongoDB per process.',
  ACCOUNT_LINK_KEY:
    'Signs the links in mails about accounts; at least 32 characters, the same for auth and notifications. Replacing it ends the links that are on their way.',
  REQUIRE_VERIFIED_EMAIL:
    'Whether only accounts with a verified e-mail address may sign in. Accounts from before an upgrade get their link at the next sign-in.',
  HASHING_CONCURRENCY: 'Passwords hashed at the same time; each takes a core and 19 MiB.',
  HASHING_QUEUE:
    'Sign-ins whose password may wait for hashing, and as many sign-ups; beyond that, the network with the most of them gets 503.',
  HASHING_PER_ACCOUNT:
    'Requests of one account whose passwords may be hashed or wait; beyond that it gets 503.',
  SIGNIN_FAILURES_PER_ACCOUNT: 'Failed sign-ins of one account per day before delays begin.',
  SIGNIN_FAILURES_PER_ADDRESS: 'Accounts that may fail at one address in 15 minutes before delays begin.',
  SESSIONS_PER_USER: 'Open sessions of one account; a new one ends the oldest.',
  ENDED_SESSIONS_PER_USER: 'Sessions of one account that may end in 12 hours before sign-in is refused.',
  CURRENCY: 'Currency of a ticket that names none, and of a search by price.',
  CURRENCIES:
    'Currencies that a ticket may name: `usd,eur`. Must contain `CURRENCY`. Keep a currency while tickets have it.',
  RESERVATION_SECONDS: 'Time that a buyer has to pay.',
  MAX_ACTIVE_ORDERS_PER_USER:
    'Unpaid and free places that one buyer may hold of one seller. A lower limit is exact once the reservations placed before it have ended.',
  MAX_ACTIVE_ORDERS_PER_NETWORK:
    'Unpaid places that all buyers behind one IPv4 address or IPv6 /64 may hold; 0 disables the limit.',
  ALLOW_OWN_PURCHASE: 'Whether a seller may order their own ticket, for example in a demonstration.',
  OVERDUE_SWEEP_MS: 'Interval of the sweep that expires orders whose timer was lost.',
  OVERDUE_AFTER_MS: 'How overdue an order must be for that sweep.',
  BUS_SETTLING_MS: 'Time for which the bus must have stored messages before an order expires.',
  PAYMENT_GRACE_SECONDS: 'How long that sweep waits for a payment event still on its way.',
  REDIS_URL:
    'Redis 7.0 or newer, with AOF and `noeviction`; `redis://user:password@host:port`, `rediss://…`, or `redis+sentinel://user:password@a:26379,b:26379/mymaster`.',
  REDIS_TIMEOUT_MS: 'Time after which a request to Redis has failed.',
  EXPIRATION_CONCURRENCY: 'Expirations announced at the same time, per process.',
  INSTALLATION_ID:
    'Marks what this system creates at Stripe, so that several systems can share an account, and its traces (`service.namespace`); by default `NAMESPACE`. Changing it makes open payments foreign.',
  STRIPE_KEY: 'Secret key of Stripe.',
  STRIPE_PUBLISHABLE_KEY:
    'Publishable key of the same account at Stripe, for the form of the card. Without it, the shop offers the cards of the local card network.',
  CARDS_URL: 'Where browsers reach the local card network, for the challenge of the bank.',
  INBOX_URL: 'Where people read the mails of a system whose mails reach nobody; the shop links to it.',
  INSPECT_URL:
    'Path of what the page `/inspect` reads. `npm start` sets it; no cluster has what answers there.',
  STRIPE_API_BASE: 'Address of another card network, for example the local one.',
  STRIPE_WEBHOOK_SECRET: 'Secret of the webhook. Without it the sweep alone settles what a webhook reports.',
  STRIPE_TIMEOUT_MS: 'Time after which a call to Stripe has failed.',
  PAYMENT_ANSWER_MS: 'How long `POST /api/payments` waits for Stripe before it answers 202.',
  DECLINES_PER_ACCOUNT: 'Declined cards of one account per hour before delays begin.',
  DECLINES_PER_ADDRESS: 'Accounts with a declined card at one address in 15 minutes before delays begin.',
  PAYMENT_MARGIN_MS: 'An order that expires sooner than this is not charged any more.',
  SETTLE_SWEEP_MS: 'Interval of the sweep that settles interrupted payments.',
  SETTLE_AFTER_MS: 'How long a payment stays untouched before that sweep settles it.',
  SMTP_URL:
    'Mail server: `smtp://host:port` (STARTTLS if the server has it; required with a password) or `smtps://…`, with `user:password@`. Special characters of the password are percent-encoded.',
  MAIL_FROM: 'Sender of all mails: `Tickets <tickets@example.com>`. The mail server must accept it.',
  PUBLIC_URL: 'Address under which people reach the gateway: the links in mails begin with it.',
  SMTP_CONNECTIONS: 'Connections of one process to the mail server.',
  SMTP_TIMEOUT_MS:
    'How long the mail server may be silent. A mail that it accepts later than that is sent again.',
  SMTP_PAUSE_MAX_MS: 'Longest pause between two tries while the mail server does not answer.',
  MAILS_IN_FLIGHT: 'Mails that one process claims at the same time.',
  MAIL_LEASE_MS: 'Time after which another process sends the mails that a dead one has claimed.',
  MAIL_SWEEP_MS: 'Interval of the sweep that finds mails whose next try is due.',
};
