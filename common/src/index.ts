// Everything that services may use, by hand.

export { BaseConfig, ConfigError, DatabaseConfig, readConfig, whole } from './config.js';
export { accept, accepted, already, refuse, type Decision } from './decision.js';
export { failPoints, passing } from './fail-points.js';
export type { Fact } from './facts.js';
export { DependencyDown, InvalidInput, isOutage, NotFound, Refusal } from './errors.js';
export { allEvents } from './events/all.js';
export {
  defineEvent,
  Envelope,
  seal,
  type DomainEvent,
  type EventType,
  type Incoming,
} from './events/event.js';
export { ExpirationComplete } from './events/expiration.js';
export { OrderCancelled, OrderCompleted, OrderCreated } from './events/orders.js';
export { PaymentCreated, PaymentRefunded } from './events/payments.js';
export { TicketCreated, TicketUpdated, TicketWithdrawn } from './events/tickets.js';
export { agree, etagOf, fits } from './http/conditional.js';
export { SessionRevoked, UserDeleted } from './events/users.js';
export { created, noContent, ok, problems, send, underway, type Answer } from './http/answers.js';
export { createApp, del, get, post, put, type Route } from './http/app.js';
export type { Files } from './http/files.js';
export { commonRefusals, type RefusalTable } from './http/problems.js';
export { anyone, handle, optional, required, type Endpoint } from './http/handle.js';
export { networkOf } from './http/network.js';
export { linkToNext, nextPage, pageQuery } from './http/pages.js';
export {
  endSessions,
  revokedSessionsIn,
  type EndedSession,
  type RevokedSessions,
} from './http/revoked-sessions.js';
export {
  issueToken,
  sessionKeys,
  sessionSeconds,
  verifyToken,
  type Keys,
  type User,
} from './http/session.js';
export type { Happening } from './history.js';
export { Id, newId } from './id.js';
export { every, type Job } from './jobs.js';
export { createLogger, type Logger } from './logger.js';
export { backoff, pause } from './messaging/backoff.js';
export type { Bus } from './messaging/bus.js';
export { deadLettersIn, type DeadLetter, type DeadLetters } from './messaging/dead-letters.js';
export { openBus } from './messaging/open-bus.js';
export { publishing } from './messaging/publishing.js';
export { knownBrokerIn } from './messaging/retell.js';
export { on, type Subscription } from './messaging/subscription.js';
export type { Metrics } from './metrics.js';
export { Currency, DecimalPrice, priceIn, toDecimal, toMinorUnits } from './money.js';
export { run } from './run.js';
export {
  defineService,
  startService,
  type Platform,
  type Running,
  type Service,
  type ServiceContext,
  type Worker,
} from './service.js';
export { backupOf, type Backup } from './storage/backup.js';
export { openDatabase, type Database } from './storage/database.js';
export {
  openDocuments,
  toState,
  withoutBookkeeping,
  type Documents,
  type Stored,
} from './storage/documents.js';
export { idempotencyKeysIn, type IdempotencyKeys } from './storage/idempotency-keys.js';
export { initiateReplicaSet } from './storage/replica-set.js';
export { together } from './storage/together.js';
export { text, trimmedText } from './text.js';
export { jobCause, nextSpan, traceIdOf, type Cause } from './trace.js';
export { during, step } from './tracing/journey.js';
export { spanning, type Tracer } from './tracing/tracer.js';
