import type { Intent } from '../payment-intents/payment-intent.js';
import type { PaymentMethod } from '../payment-methods/payment-method.js';
import type { Refund } from '../refunds/refund.js';
import type { Endpoint, Entry, PendingConfirm } from './entry.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import type { LineLocation } from './journal.js';
import { PagedCollection } from './paged-collection.js';

/** Everything that belongs to one API key. */
export class Account {
  readonly paymentMethods = new Map<string, PaymentMethod>();
  readonly intents = new PagedCollection<Intent>();
  readonly refunds = new PagedCollection<Refund>();
  readonly refundsByIntent = new Map<string, PagedCollection<Refund>>();
  readonly endpoints = new Map<string, Endpoint>();
  readonly pendingConfirms = new Map<string, PendingConfirm>();
  readonly idempotencyKeys = new IdempotencyKeys<LineLocation>();

  constructor(readonly id: string) {}

  apply(entry: Entry, location: LineLocation): void {
    for (const paymentMethod of entry.paymentMethods ?? []) {
      this.paymentMethods.set(paymentMethod.id, paymentMethod);
    }
    for (const intent of entry.intents ?? []) {
      this.intents.set(intent);
      if (intent.status !== 'processing') this.pendingConfirms.delete(intent.id);
    }
    for (const refund of entry.refunds ?? []) this.#applyRefund(refund);
    for (const endpoint of entry.endpoints ?? []) this.endpoints.set(endpoint.id, endpoint);
    if (entry.endpointGone !== undefined) this.endpoints.delete(entry.endpointGone);
    if (entry.begun) this.pendingConfirms.set(entry.begun.intentId, entry.begun);
    if (entry.answer) {
      const { key, fingerprint } = entry.answer;
      this.idempotencyKeys.store(key, { at: entry.at, fingerprint, response: location });
    }
  }

  #applyRefund(refund: Refund): void {
    this.refunds.set(refund);
    let siblings = this.refundsByIntent.get(refund.intentId);
    if (siblings === undefined) this.refundsByIntent.set(refund.intentId, (siblings = new PagedCollection()));
    siblings.set(refund);
  }
}
