import { ExpirationComplete } from './expiration.js';
import { OrderCancelled, OrderCompleted, OrderCreated } from './orders.js';
import { PaymentCreated, PaymentRefunded } from './payments.js';
import { TicketCreated, TicketUpdated } from './tickets.js';

/** Every event type there is, for tests and generated descriptions. */
export const allEvents = [
  TicketCreated,
  TicketUpdated,
  OrderCreated,
  OrderCancelled,
  OrderCompleted,
  ExpirationComplete,
  PaymentCreated,
  PaymentRefunded,
];
