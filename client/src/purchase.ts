// The two steps of a purchase. Both repeat requests under one idempotency key, so a buyer orders and pays once.

import type { Client, RequestOptions, Result } from './client.js';
import { pause } from './pause.js';
import type { DataOf, InputOf } from './types.js';

/** The ticket as the buyer has seen it, for example in a list. */
export type SeenTicket = Readonly<Pick<DataOf<'showTicket'>, 'id' | 'version'>>;

/** The present price of a changed ticket. Place the order again with this version to accept it. */
export type Offer = Readonly<Pick<DataOf<'showTicket'>, 'version' | 'price' | 'currency'>> &
  Readonly<{ ticketId?: string | undefined }>;

type Placed = Extract<Result<'placeOrder'>, { ok: true }>;
type NotPlaced = Extract<Result<'placeOrder'>, { ok: false }>;

/** A ticket with fewer free places than were ordered, and their number. */
export type FreePlaces = Readonly<{ ticketId: string; available: number }>;

/**
 * `changed` is the present offer when the error is `ticket-changed`. `free` is set when the error is `ticket-reserved` or
 * `ticket-sold` and a ticket has fewer free places than were ordered.
 */
export type PlacedOrder =
  | Placed
  | (NotPlaced & Readonly<{ changed: Offer | undefined; free: FreePlaces | undefined }>);

/** Places of one ticket. */
export type Wanted = Readonly<{ ticket: SeenTicket; quantity: number }>;

/**
 * Places an order for a ticket at the price that the buyer has seen. If the seller has changed the ticket since, the result
 * is the error `ticket-changed` with the present offer in `changed`.
 *
 * @throws like every call of the client
 */
export async function placeOrder(
  api: Pick<Client, 'placeOrder'>,
  { id, version }: SeenTicket,
  options?: RequestOptions,
): Promise<PlacedOrder> {
  return withDetails(await api.placeOrder({ ticketId: id, version }, options));
}

/**
 * Places one order for several places, at the prices that the buyer has seen: all of them, or none. The tickets have one
 * seller and one currency, and the places are at most 20. The API chooses the places; the order lists them in `items`.
 *
 * @throws like every call of the client
 */
export async function placeOrderFor(
  api: Pick<Client, 'placeOrder'>,
  wanted: readonly Wanted[],
  options?: RequestOptions,
): Promise<PlacedOrder> {
  const items = wanted.map(({ ticket: { id, version }, quantity }) => ({ ticketId: id, quantity, version }));
  return withDetails(await api.placeOrder({ items }, options));
}

const withDetails = (result: Result<'placeOrder'>): PlacedOrder =>
  result.ok ? result : { ...result, changed: offerIn(result.error), free: freeIn(result.error) };

function freeIn({ code, ...details }: NotPlaced['error']): FreePlaces | undefined {
  if (code !== 'ticket-reserved' && code !== 'ticket-sold') return undefined;
  const { ticketId, available } = details as Partial<FreePlaces>;
  return ticketId === undefined || available === undefined ? undefined : { ticketId, available };
}

function offerIn(error: NotPlaced['error']): Offer | undefined {
  if (error.code !== 'ticket-changed') return undefined;
  const { ticketId, version, price, currency } = error as Partial<Offer>;
  return version === undefined || price === undefined || currency === undefined
    ? undefined
    : { ticketId, version, price, currency };
}

export type PayOptions = RequestOptions &
  Readonly<{
    /**
     * Shows the challenge of the buyer's bank and resolves when the buyer has answered it: `handleNextAction` of Stripe.js,
     * or the challenge page of the local card network. Without it, a card that needs approval is declined with the code
     * `card-needs-authentication`.
     */
    approve?: (clientSecret: string) => Promise<unknown>;
    /** the longest wait for the outcome, in seconds; 30 by default. The time in `approve` does not count. */
    waitSeconds?: number;
  }>;

/**
 * Pays an order and waits for the outcome. Like `api.payOrder`, it resolves to the payment or to the error, such as
 * `card-declined`. The status is still `pending` or `requires-action` if the outcome is not known after `waitSeconds`; the
 * same call with the same `idempotencyKey` continues then.
 *
 * @throws what `approve` throws, and like every call of the client
 */
export async function payOrder(
  api: Pick<Client, 'payOrder'>,
  order: InputOf<'payOrder'>,
  { approve, waitSeconds = 30, ...request }: PayOptions = {},
): Promise<Result<'payOrder'>> {
  const input = approve ? order : { ...order, offSession: true };
  // A repeat under the same key makes no other attempt: it answers with the present outcome.
  const options = { ...request, idempotencyKey: request.idempotencyKey ?? crypto.randomUUID() };
  let left = waitSeconds;
  let challenged = false;
  for (let wait = firstWaitSeconds; ; wait = Math.min(2 * wait, longestWaitSeconds)) {
    const result = await api.payOrder(input, options);
    if (!result.ok || !isOpen(result.data)) return result;
    const secret = secretIn(result.data);
    if (approve && secret !== undefined && !challenged) {
      challenged = true;
      await approve(secret);
      continue;
    }
    const seconds = retryAfter(result.headers) ?? wait;
    if (seconds > left) return result;
    left -= seconds;
    await pause(seconds, request.signal);
  }
}

const firstWaitSeconds = 0.25;
const longestWaitSeconds = 4;

type Payment = DataOf<'payOrder'>;

const isOpen = ({ status }: Payment): boolean => status === 'pending' || status === 'requires-action';

const secretIn = (payment: Payment): string | undefined =>
  payment.status === 'requires-action' && 'clientSecret' in payment ? payment.clientSecret : undefined;

function retryAfter(headers: Headers): number | undefined {
  const seconds = headers.get('Retry-After');
  return seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) : undefined;
}
