// The contract between the API and its handlers. A handler decides synchronously and changes nothing:
// its result takes effect when the request processor commits it to the ledger.
import type { Operation } from '../faults/faults.js';
import type { FormMap } from './form.js';
import type { Account } from '../ledger/account.js';
import type { Entry } from '../ledger/entry.js';
import type { Intent } from '../payment-intents/payment-intent.js';

/** `id` comes from the path and is empty without one; `now` is in seconds; `origin` is the address of the network. */
export type HandlerInput = Readonly<{
  account: Account;
  id: string;
  form: FormMap;
  now: number;
  origin: string;
}>;

/** `previous` holds the changed fields of an updated object as they were. */
export type Event = Readonly<{ type: string; object: object; previous?: object }>;

export type HandlerResult = Readonly<{
  status: number;
  body: object;
  changes?: Pick<Entry, 'paymentMethods' | 'intents' | 'refunds' | 'disputes' | 'endpoints' | 'endpointGone'>;
  events?: readonly Event[];
  /** The charge stands, but its response is a 500 or gets lost. */
  responseFault?: 'error' | 'lost';
}>;

/** The card's bank is slow: `finishConfirm` completes this intent later. */
export type SlowConfirm = Readonly<{ slow: Intent }>;

export type Route = Readonly<{
  handler: (input: HandlerInput) => HandlerResult | SlowConfirm;
  /** The name that `match` of a planted fault refers to. */
  operation?: Operation;
}>;
