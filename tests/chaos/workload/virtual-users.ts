// Virtual users: a seller offers tickets of one or several places; buyers order the same few, one place, several or a cart,
// and then pay, pay twice, get a decline, get a place refunded, cancel, cancel and pay at once, or abandon the order. An
// indeterminate answer is retried.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.js';
import {
  isIndeterminate,
  isSuccess,
  type Operation,
  type Places,
  type RecordingClient,
} from './recording-client.js';

type Options = Readonly<{
  client: RecordingClient;
  random: Random;
  /** how many buyers act concurrently */
  users: number;
  /** mean pause between two visits of one user */
  thinkMs: number;
  /** tickets on sale at any time */
  onSale: number;
}>;

export type VirtualUsers = Readonly<{
  /** Starts no new visits; resolves when the running visits have ended. */
  stop(): Promise<void>;
  visits(): number;
}>;

// Repeated entries are more likely.
const outcomes = [
  'pay',
  'pay',
  'pay',
  'pay',
  'pay twice',
  'pay, then a refund',
  'decline',
  'hard card',
  'cancel',
  'cancel and pay',
  'abandon',
] as const;
type Outcome = (typeof outcomes)[number];
const quantities = [1, 1, 1, 4, 12] as const;
const hardCards = ['tok_lostAnswer', 'tok_500AfterSuccess', 'tok_slow'] as const;
const maxTries = 30;

type Retry = (
  send: () => Promise<Operation>,
  isFinal?: (operation: Operation) => boolean,
) => Promise<Operation>;

export function startVirtualUsers({ users, thinkMs, ...options }: Options): VirtualUsers {
  const { client, random } = options;
  let stopping = false;
  let visits = 0;
  const retry = retrying(random);
  const shop = openShop({ ...options, retry, isStopping: () => stopping });
  const settle = finishing({ ...options, retry, seller: shop.seller });

  async function visit(): Promise<void> {
    const wanted = shop.pick();
    if (wanted === undefined) return;
    const user = client.newUser();
    const outcome = random.pick(outcomes);
    const order = await retry(() => client.order(user, wanted));
    const { ticketId = order.target, available = 0 } = order.left ?? {};
    if (order.code === 'ticket-sold' && available === 0) await shop.replace(ticketId);
    if (isSuccess(order) && order.id) await settle(outcome, user, order);
  }

  async function runUser(): Promise<void> {
    while (!stopping) {
      visits += 1;
      await visit();
      await delay(random.below(2 * thinkMs));
    }
  }

  const running = shop.fill().then(() => Promise.all(Array.from({ length: users }, runUser)));
  return {
    async stop() {
      stopping = true;
      await running;
    },
    visits: () => visits,
  };
}

/** Repeats a request until its answer is final. A repeated POST is harmless by contract. */
function retrying(random: Random): Retry {
  return async (send, isFinal = (operation) => !isIndeterminate(operation)) => {
    let operation = await send();
    for (let tries = 1; tries < maxTries && !isFinal(operation); tries += 1) {
      await delay(100 + random.below(400));
      operation = await send();
    }
    return operation;
  };
}

type ShopOptions = Omit<Options, 'users' | 'thinkMs'> & Readonly<{ retry: Retry; isStopping: () => boolean }>;

/** Keeps `onSale` tickets on sale. */
function openShop({ client, random, onSale, retry, isStopping }: ShopOptions) {
  const tickets: Places[] = [];
  const seller = client.newUser();
  let offered = 0;

  async function fill(): Promise<void> {
    while (tickets.length < onSale && !isStopping()) {
      offered += 1;
      const title = `Seat ${offered}`;
      const price = `${5 + random.below(95)}.${10 + random.below(90)}`;
      const quantity = random.pick(quantities);
      const offer = { price, idempotencyKey: randomUUID(), ...(quantity > 1 && { quantity }) };
      // A repeat is refused with request-in-flight until the first request is answered.
      const isFinal = (operation: Operation) =>
        !isIndeterminate(operation) && operation.code !== 'request-in-flight';
      const operation = await retry(() => client.offer(seller, title, offer), isFinal);
      if (isSuccess(operation) && operation.id) tickets.push({ ticketId: operation.id, quantity });
    }
  }

  /** Up to three places of a ticket. */
  const pickPlaces = (): Places => {
    const { ticketId, quantity } = random.pick(tickets);
    return { ticketId, quantity: 1 + random.below(Math.min(3, quantity)) };
  };

  return {
    seller,
    fill,
    pick(): string | Places[] | undefined {
      if (tickets.length === 0) return undefined;
      if (random.chance(0.6)) return random.pick(tickets).ticketId;
      return random.chance(0.5) ? [pickPlaces()] : [pickPlaces(), pickPlaces()];
    },
    async replace(sold: string): Promise<void> {
      const at = tickets.findIndex(({ ticketId }) => ticketId === sold);
      if (at >= 0) tickets.splice(at, 1);
      await fill();
    },
  };
}

type FinishOptions = Omit<Options, 'users' | 'thinkMs'> & Readonly<{ retry: Retry; seller: string }>;

/** Ends an order in the given way. */
function finishing({ client, random, retry, seller }: FinishOptions) {
  return async (outcome: Outcome, user: string, { id = '', body }: Operation): Promise<void> => {
    // 503 until payments has received the order.
    const pay = (token: string) => retry(() => client.pay(user, id, token));
    const cancel = () => retry(() => client.cancel(user, id));
    switch (outcome) {
      case 'pay':
        return void (await pay('tok_visa'));
      case 'pay twice':
        return void (await Promise.all([pay('tok_visa'), pay('tok_mastercard'), pay('tok_visa')]));
      case 'pay, then a refund':
        await pay('tok_visa');
        return void (await retry(() => client.refund(seller, id, { places: firstPlaceIn(body) })));
      case 'decline':
        await pay('tok_chargeDeclined');
        return void (await pay('tok_visa'));
      case 'hard card':
        return void (await client.pay(user, id, random.pick(hardCards)));
      case 'cancel':
        await delay(random.below(500));
        return void (await cancel());
      case 'cancel and pay':
        return void (await Promise.all([pay('tok_visa'), delay(random.below(300)).then(cancel)]));
      case 'abandon':
        return undefined;
    }
  };
}

/** The first place of a new order. */
function firstPlaceIn(body: Operation['body']): { ticketId: string; place: number }[] {
  const [item] = (body?.['items'] ?? []) as { ticket: { id: string }; places: number[] }[];
  return item ? [{ ticketId: item.ticket.id, place: item.places[0] ?? 0 }] : [];
}
