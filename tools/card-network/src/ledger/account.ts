import type { Dispute } from '../disputes/dispute.js';
import type { Intent } from '../payment-intents/payment-intent.js';
import type { PaymentMethod } from '../payment-methods/payment-method.js';
import type { Refund } from '../refunds/refund.js';
import type { Endpoint, Entry, PendingConfirm } from './entry.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import type { LineLocation } from './journal.js';
import { CollectionByIntent, PagedCollection } from './paged-collection.js';

/** Everything that belongs to one API key. */
export class Account {
  readonly paymentMethods = new Map<string, PaymentMethod>();
  readonly intents = new PagedCollection<Intent>();
  /** The intent of each charge, failed ones included. */
  readonly intentIds = new Map<string, string>();
  readonly refunds = new CollectionByIntent<Refund>();
  readonly disputes = new CollectionByIntent<Dispute>();
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
      if (intent.charge) this.intentIds.set(intent.charge.id, intent.id);
      if (intent.status !== 'processing') this.pendingConfirms.delete(intent.id);
    }
    for (const refund of entry.refunds ?? []) this.refunds.set(refund);
    for (const dispute of entry.disputes ?? []) this.disputes.set(dispute);
    for (const endpoint of entry.endpoints ?? []) this.endpoints.set(endpoint.id, endpoint);
    if (entry.endpointGone !== undefined) this.endpoints.delete(entry.endpointGone);
    if (entry.begun) this.pendingConfirms.set(entry.begun.intentId, entry.begun);
    if (entry.answer) {
      const { key, fingerprint } = entry.answer;
      this.idempotencyKeys.store(key, { at: entry.at, fingerprint, response: location });
    }
  }
}
