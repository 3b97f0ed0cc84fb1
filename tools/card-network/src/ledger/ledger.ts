// The state of the network: the fold of the journal's entries, both live and after a restart.
// One entry holds the whole effect of a request and its response, so a crash leaves all of it or nothing.
import type { Intent } from '../payment-intents/payment-intent.js';
import { Account } from './account.js';
import type { Entry, StoredResponse } from './entry.js';
import type { Journal, LineLocation } from './journal.js';

/** An event on its way to one endpoint. */
export type Delivery = Readonly<{ account: string; eventId: string; endpointId: string; body: string }>;

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

  /** The client secret of an intent begins with the id of the intent. */
  findBySecret(clientSecret: string): Readonly<{ account: Account; intent: Intent }> | undefined {
    const [id = ''] = clientSecret.split('_secret_', 1);
    for (const account of this.#accounts.values()) {
      const intent = account.intents.get(id);
      if (intent?.clientSecret === clientSecret) return { account, intent };
    }
    return undefined;
  }

  undelivered(): readonly Delivery[] {
    return [...this.#undelivered.values()];
  }

  /** Synchronous, so that no other request runs between decision and state. Returns the new deliveries. */
  commit(entry: Entry): readonly Delivery[] {
    return this.#apply(entry, this.journal.append(JSON.stringify(entry)));
  }

  /** Counts unreadable lines and skips them: the rest of the ledger is worth more. */
  load(): Readonly<{ entries: number; unreadable: number; tornBytes: number }> {
    let entries = 0;
    let unreadable = 0;
    const { tornBytes } = this.journal.replay((line, location) => {
      const entry = parseEntry(line);
      if (entry === undefined) {
        unreadable += 1;
        return;
      }
      this.#apply(entry, location);
      entries += 1;
    });
    return { entries, unreadable, tornBytes };
  }

  storedResponse(location: LineLocation): StoredResponse {
    const response = parseEntry(this.journal.read(location))?.answer;
    if (response === undefined) throw new Error('The ledger does not contain a response that it has stored.');
    return response;
  }

  #apply(entry: Entry, location: LineLocation): readonly Delivery[] {
    this.account(entry.account).apply(entry, location);
    if (entry.endpointGone !== undefined) this.#dropDeliveries(entry.endpointGone);
    if (entry.delivered) this.#undelivered.delete(deliveryKey(entry.delivered));
    return this.#addDeliveries(entry);
  }

  #dropDeliveries(endpointId: string): void {
    for (const [key, delivery] of this.#undelivered) {
      if (delivery.endpointId === endpointId) this.#undelivered.delete(key);
    }
  }

  #addDeliveries({ account, events = [] }: Entry): readonly Delivery[] {
    const added: Delivery[] = [];
    for (const { body, to } of events) {
      const text = JSON.stringify(body);
      for (const endpointId of to) {
        const delivery = { account, eventId: body.id, endpointId, body: text };
        this.#undelivered.set(deliveryKey(delivery), delivery);
        added.push(delivery);
      }
    }
    return added;
  }
}

function deliveryKey({ eventId, endpointId }: Readonly<{ eventId: string; endpointId: string }>): string {
  return `${eventId} ${endpointId}`;
}

function parseEntry(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}
