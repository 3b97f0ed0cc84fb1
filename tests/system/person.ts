// A signed-in user with a client, and assertions on the answers.

import {
  createClient,
  type Client,
  type ClientOptions,
  type DataOf,
  type InputOf,
  type RequestOptions,
} from '@ticketing/client';
import { eventually } from '@ticketing/common/testing';

export type Person = Client & Readonly<{ email: string }>;

export const password = 'correct horse';

let signUps = 0;

/** Signs up with a new address. Requests are not retried, so that a retry cannot hide a refusal. */
export async function signUp(url: string, options: Partial<ClientOptions> = {}): Promise<Person> {
  const client = createClient({ url, retries: 0, ...options });
  signUps += 1;
  const email = `person-${process.pid}-${signUps}@example.com`;
  await done(client.signUp({ email, password }), 201);
  return { ...client, email };
}

type Answered<T, E> = Readonly<{ status: number }> &
  (Readonly<{ ok: true; data: T }> | Readonly<{ ok: false; error: E }>);

export type Answer<T = unknown, E = { code: string }> = Promise<Answered<T, E>>;

/** The data of the answer. @throws Error unless the answer is a success with one of these statuses */
export async function done<T>(request: Answer<T>, ...statuses: readonly number[]): Promise<T> {
  const answer = await request;
  if (answer.ok && statuses.includes(answer.status)) return answer.data;
  throw new Error(`expected ${statuses.join(' or ')}, received ${describe(answer)}`);
}

/** @throws Error unless the answer is one of these refusals */
export async function refused<E extends { code: string }>(
  request: Answer<unknown, E>,
  status: number,
  ...codes: readonly E['code'][]
): Promise<void> {
  const answer = await request;
  if (!answer.ok && answer.status === status && codes.includes(answer.error.code)) return;
  throw new Error(`expected ${status} ${codes.join(' or ')}, received ${describe(answer)}`);
}

// Longer than the ack wait of the bus: an event may be delivered for the second time.
const slowMs = 60_000;

/** Repeats a request while it has one of these statuses, which are answers of a machine that is slow at the moment. */
const repeatWhile = <A extends Awaited<Answer>>(statuses: readonly number[], ask: () => Promise<A>) =>
  eventually(async () => {
    const answer = await ask();
    if (statuses.includes(answer.status)) throw new Error(`received ${describe(answer)}`);
    return answer;
  }, slowMs);

/**
 * Reserves a ticket as soon as orders knows it. After an answer that did not arrive in time, the buyer gets the same order
 * again: 200.
 */
export const reserve = (
  buyer: Pick<Client, 'placeOrder'>,
  wanted: InputOf<'placeOrder'>,
  options?: RequestOptions,
): Promise<DataOf<'placeOrder'>> =>
  done(
    repeatWhile([503], () => buyer.placeOrder(wanted, options)),
    201,
    200,
  );

/**
 * Pays an order as soon as payments knows it, and waits for the charge. After an answer that did not arrive in time, or was
 * 202, the buyer gets the same payment again: 200.
 */
export async function pay(
  buyer: Pick<Client, 'payOrder'>,
  orderId: string,
  token = 'tok_visa',
): Promise<void> {
  const payment = await done(
    repeatWhile([202, 503], () => buyer.payOrder({ orderId, token })),
    201,
    200,
  );
  if (payment.status !== 'succeeded') throw new Error(`the payment of ${orderId} is ${payment.status}`);
}

const describe = (answer: Answered<unknown, { code: string }>) =>
  `${answer.status} ${answer.ok ? JSON.stringify(answer.data) : answer.error.code}`;
