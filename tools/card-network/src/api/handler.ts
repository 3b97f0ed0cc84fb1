// What the calls of the API have in common. Nothing has happened until a call's `Done` is committed.
import { invalidParameter, missing } from './errors.js';
import type { FormMap } from '../http/form.js';
import type { Account, Entry } from '../ledger/ledger.js';
import type { Intent } from '../payment-intents/payment-intent.js';
import { staticPaymentMethod, type PaymentMethod } from '../payment-methods/payment-method.js';

export type Call = Readonly<{ account: Account; id: string; form: FormMap; now: number }>;

export type Done = Readonly<{
  status: number;
  body: object;
  changes?: Pick<Entry, 'paymentMethods' | 'intents' | 'refunds' | 'endpoints' | 'endpointGone'>;
  events?: ReadonlyArray<Readonly<{ type: string; object: object }>>;
  /** The charge stands, but the caller is not told so. */
  answering?: 'fault' | 'lost';
}>;

/** The bank takes its time: `finishConfirm` ends it. */
export type Slow = Readonly<{ slow: Intent }>;

export function findIntent({ account, id }: Call, param = 'intent'): Intent {
  const intent = account.intents.get(id);
  if (intent === undefined) throw missing(404, 'payment_intent', id, param);
  return intent;
}

export function findPaymentMethod(account: Account, id: string, now: number): PaymentMethod | undefined {
  return account.paymentMethods.get(id) ?? staticPaymentMethod(id, now);
}

export function wantedPaymentMethod(
  { account, now }: Call,
  id: string | undefined,
): PaymentMethod | undefined {
  if (id === undefined) return undefined;
  const paymentMethod = findPaymentMethod(account, id, now);
  if (paymentMethod === undefined) throw missing(400, 'PaymentMethod', id, 'payment_method');
  return paymentMethod;
}

export function checkedLimit(limit = 10): number {
  if (limit >= 1 && limit <= 100) return limit;
  throw invalidParameter('parameter_invalid_integer', 'limit', 'This value must be between 1 and 100.');
}
