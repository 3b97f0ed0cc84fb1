// What the network knows. Its state is the fold of the journal's entries, live and at a restart alike:
// one entry is one call's whole effect with its answer, so that a crash leaves all of it or nothing.
import { IdempotencyKeys } from './idempotency-keys.js';
import type { Journal, Place } from './journal.js';
import type { Intent } from '../payment-intents/payment-intent.js';
import type { PaymentMethod } from '../payment-methods/payment-method.js';
import type { Refund } from '../refunds/refund.js';
import { Shelf } from './paged-collection.js';

export type Endpoint = Readonly<{
  id: string;
  created: number;
  url: string;
  secret: string;
  enabledEvents: readonly string[];
  description: string | null;
}>;

/** An event, not yet taken by one of its destinations. */
export type Delivery = Readonly<{ account: string; eventId: string; endpointId: string; body: string }>;

export type Idempotency = Readonly<{ key: string; fingerprint: string }>;

/** A confirm whose bank is slow: taken up, unanswered. */
export type Begun = Readonly<{ intentId: string; requestId: string; idempotency: Idempotency | null }>;

export type Entry = Readonly<{
  at: number;
  account: string;
  paymentMethods?: readonly PaymentMethod[];
  intents?: readonly Intent[];
  refunds?: readonly Refund[];
  endpoints?: readonly Endpoint[];
  endpointGone?: string;
  events?: ReadonlyArray<Readonly<{ to: readonly string[]; body: Readonly<{ id: string }> }>>;
  begun?: Begun;
  answer?: Idempotency & Readonly<{ status: number; body: object }>;
  delivered?: Readonly<{ eventId: string; endpointId: string }>;
}>;

export class Account {
  readonly paymentMethods = new Map<string, PaymentMethod>();
  readonly intents = new Shelf<Intent>();
  readonly refunds = new Shelf<Refund>();
  readonly refundsByIntent = new Map<string, Shelf<Refund>>();
  readonly endpoints = new Map<string, Endpoint>();
  readonly begun = new Map<string, Begun>();
  readonly idempotency = new IdempotencyKeys<Place>();

  constructor(readonly id: string) {}
}

export class Ledger {
  readonly #accounts = new Map<string, Account>();
  readonly #undelivered = new Map<string, Delivery>();

  constructor(private readonly journal: Journal) {}

  account(id: string): Account {
    let account = this.#accounts.get(id);
    if (account === undefined) this.#accounts.set(id, (account = new Account(id)));
    return account;
  }

  accounts(): Iterable<Account> {
    return this.#accounts.values();
  }

  undelivered(): readonly Delivery[] {
    return [...this.#undelivered.values()];
  }

  /** Synchronous from decision to state: no other call can come between. */
  commit(entry: Entry): readonly Delivery[] {
    return this.#apply(entry, this.journal.append(JSON.stringify(entry)));
  }

  /** Lines that cannot be read are counted, not fatal: the rest of the ledger is worth more. */
  load(): Readonly<{ entries: number; unreadable: number; tornBytes: number }> {
    let entries = 0;
    let unreadable = 0;
    const { tornBytes } = this.journal.replay((line, place) => {
      const entry = parsed(line);
      if (entry === undefined) {
        unreadable += 1;
        return;
      }
      this.#apply(entry, place);
      entries += 1;
    });
    return { entries, unreadable, tornBytes };
  }

  storedAnswer(place: Place): NonNullable<Entry['answer']> {
    const answer = parsed(this.journal.read(place))?.answer;
    if (answer === undefined) throw new Error('the ledger lost an answer that it had stored');
    return answer;
  }

  #apply(entry: Entry, place: Place): readonly Delivery[] {
    const account = this.account(entry.account);
    for (const paymentMethod of entry.paymentMethods ?? []) {
      account.paymentMethods.set(paymentMethod.id, paymentMethod);
    }
    for (const intent of entry.intents ?? []) {
      account.intents.set(intent);
      if (intent.status !== 'processing') account.begun.delete(intent.id);
    }
    for (const refund of entry.refunds ?? []) this.#applyRefund(account, refund);
    for (const endpoint of entry.endpoints ?? []) account.endpoints.set(endpoint.id, endpoint);
    if (entry.endpointGone !== undefined) this.#applyEndpointGone(account, entry.endpointGone);
    if (entry.begun) account.begun.set(entry.begun.intentId, entry.begun);
    if (entry.answer) {
      const { key, fingerprint } = entry.answer;
      account.idempotency.keep(key, { at: entry.at, fingerprint, place });
    }
    if (entry.delivered) this.#undelivered.delete(deliveryKey(entry.delivered));
    return this.#applyEvents(entry);
  }

  #applyRefund(account: Account, refund: Refund): void {
    account.refunds.set(refund);
    let siblings = account.refundsByIntent.get(refund.intentId);
    if (siblings === undefined) account.refundsByIntent.set(refund.intentId, (siblings = new Shelf()));
    siblings.set(refund);
  }

  #applyEndpointGone(account: Account, endpointId: string): void {
    account.endpoints.delete(endpointId);
    for (const [key, delivery] of this.#undelivered) {
      if (delivery.endpointId === endpointId) this.#undelivered.delete(key);
    }
  }

  #applyEvents({ account, events = [] }: Entry): readonly Delivery[] {
    if (events.length === 0) return [];
    const fresh: Delivery[] = [];
    for (const { body, to } of events) {
      const text = JSON.stringify(body);
      for (const endpointId of to) {
        const delivery = { account, eventId: body.id, endpointId, body: text };
        this.#undelivered.set(deliveryKey(delivery), delivery);
        fresh.push(delivery);
      }
    }
    return fresh;
  }
}

function deliveryKey({ eventId, endpointId }: Readonly<{ eventId: string; endpointId: string }>): string {
  return `${eventId} ${endpointId}`;
}

function parsed(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}
