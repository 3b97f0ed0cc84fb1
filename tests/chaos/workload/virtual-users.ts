// Virtual users: sellers offer tickets; buyers order the same few tickets and then pay, pay twice, get a decline, cancel,
// cancel and pay at once, or abandon the order. An indeterminate answer is retried.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.js';
import { isIndeterminate, isSuccess, type Operation, type RecordingClient } from './recording-client.js';

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
  'decline',
  'hard card',
  'cancel',
  'cancel and pay',
  'abandon',
] as const;
type Outcome = (typeof outcomes)[number];
const hardCards = ['tok_lostAnswer', 'tok_500AfterSuccess', 'tok_slow'] as const;
const maxTries = 30;

type Retry = (
  send: () => Promise<Operation>,
  isFinal?: (operation: Operation) => boolean,
) => Promise<Operation>;

export function startVirtualUsers({ client, random, users, thinkMs, onSale }: Options): VirtualUsers {
  let stopping = false;
  let visits = 0;
  const retry = retrying(random);
  const shop = openShop({ client, random, onSale, retry, isStopping: () => stopping });
  const settle = finishing({ client, random, retry });

  async function visit(): Promise<void> {
    const ticket = shop.pick();
    if (ticket === undefined) return;
    const user = client.newUser();
    const outcome = random.pick(outcomes);
    const order = await retry(() => client.order(user, ticket));
    if (order.code === 'ticket-sold') await shop.replace(ticket);
    if (isSuccess(order) && order.id) await settle(outcome, user, order.id);
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

type ShopOptions = Pick<Options, 'client' | 'random' | 'onSale'> &
  Readonly<{ retry: Retry; isStopping: () => boolean }>;

/** Keeps `onSale` tickets on sale. */
function openShop({ client, random, onSale, retry, isStopping }: ShopOptions) {
  const tickets: string[] = [];
  const seller = client.newUser();
  let offered = 0;

  async function fill(): Promise<void> {
    while (tickets.length < onSale && !isStopping()) {
      offered += 1;
      const title = `Seat ${offered}`;
      const price = `${5 + random.below(95)}.${10 + random.below(90)}`;
      const key = randomUUID();
      // A repeat is refused with request-in-flight until the first request is answered.
      const isFinal = (operation: Operation) =>
        !isIndeterminate(operation) && operation.code !== 'request-in-flight';
      const operation = await retry(() => client.offer(seller, title, price, key), isFinal);
      if (isSuccess(operation) && operation.id) tickets.push(operation.id);
    }
  }

  return {
    fill,
    pick: () => (tickets.length > 0 ? random.pick(tickets) : undefined),
    async replace(sold: string): Promise<void> {
      const at = tickets.indexOf(sold);
      if (at >= 0) tickets.splice(at, 1);
      await fill();
    },
  };
}

/** Ends an order in the given way. */
function finishing({
  client,
  random,
  retry,
}: Pick<Options, 'client' | 'random'> & Readonly<{ retry: Retry }>) {
  return async (outcome: Outcome, user: string, id: string): Promise<void> => {
    // 404 until payments has received the order.
    const pay = (token: string) =>
      retry(
        () => client.pay(user, id, token),
        (operation) => !isIndeterminate(operation) && operation.status !== 404,
      );
    const cancel = () => retry(() => client.cancel(user, id));
    switch (outcome) {
      case 'pay':
        return void (await pay('tok_visa'));
      case 'pay twice':
        return void (await Promise.all([pay('tok_visa'), pay('tok_mastercard'), pay('tok_visa')]));
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
