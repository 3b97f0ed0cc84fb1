// One line of the ledger: the whole effect of one request, and its response.
// These fields are stored, so their names stay.
import type { Dispute } from '../disputes/dispute.js';
import type { Intent } from '../payment-intents/payment-intent.js';
import type { PaymentMethod } from '../payment-methods/payment-method.js';
import type { Refund } from '../refunds/refund.js';

export type Endpoint = Readonly<{
  id: string;
  created: number;
  url: string;
  secret: string;
  enabledEvents: readonly string[];
  description: string | null;
}>;

export type Idempotency = Readonly<{ key: string; fingerprint: string }>;

/** A confirm that waits for its slow bank. */
export type PendingConfirm = Readonly<{
  intentId: string;
  requestId: string;
  idempotency: Idempotency | null;
}>;

export type StoredResponse = Idempotency & Readonly<{ status: number; body: object }>;

export type Entry = Readonly<{
  at: number;
  account: string;
  paymentMethods?: readonly PaymentMethod[];
  intents?: readonly Intent[];
  refunds?: readonly Refund[];
  disputes?: readonly Dispute[];
  endpoints?: readonly Endpoint[];
  endpointGone?: string;
  /** Events with the ids of the endpoints that subscribe to them. */
  events?: ReadonlyArray<Readonly<{ to: readonly string[]; body: Readonly<{ id: string }> }>>;
  begun?: PendingConfirm;
  answer?: StoredResponse;
  delivered?: Readonly<{ eventId: string; endpointId: string }>;
}>;
