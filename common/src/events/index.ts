// All event types and their schemas.

export { type DomainEvent, Envelope, type Incoming, toEnvelope } from './event.js';
export { ExpirationComplete } from './expiration.js';
export { OrderCancelled, OrderCompleted, OrderCreated, OrderPlacesFreed, OrderRefunded } from './orders.js';
export { PaymentCreated, PaymentPartlyRefunded, PaymentRefunded, PaymentRefundFailed } from './payments.js';
export { claimOf, type Place, placeOf } from './places.js';
export { maxPlaces, TicketCreated, TicketUpdated, TicketWithdrawn } from './tickets.js';
export {
  type EndedSession,
  LinkPurpose,
  LinkRequested,
  Locale,
  PasswordChanged,
  personalEvents,
  sessionSeconds,
  SessionRevoked,
  UserCreated,
  UserDeleted,
  UserSignedIn,
  UserUpdated,
} from './users.js';

import { ExpirationComplete } from './expiration.js';
import { OrderCancelled, OrderCompleted, OrderCreated, OrderPlacesFreed, OrderRefunded } from './orders.js';
import { PaymentCreated, PaymentPartlyRefunded, PaymentRefunded, PaymentRefundFailed } from './payments.js';
import { TicketCreated, TicketUpdated, TicketWithdrawn } from './tickets.js';
import {
  LinkRequested,
  PasswordChanged,
  SessionRevoked,
  UserCreated,
  UserDeleted,
  UserSignedIn,
  UserUpdated,
} from './users.js';

/** All event types, for tests and generated documents. */
export const allEvents = [
  TicketCreated,
  TicketUpdated,
  TicketWithdrawn,
  OrderCreated,
  OrderCancelled,
  OrderCompleted,
  OrderRefunded,
  OrderPlacesFreed,
  ExpirationComplete,
  PaymentCreated,
  PaymentPartlyRefunded,
  PaymentRefunded,
  PaymentRefundFailed,
  SessionRevoked,
  UserDeleted,
  UserCreated,
  UserUpdated,
  UserSignedIn,
  PasswordChanged,
  LinkRequested,
];
