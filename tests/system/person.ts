// A signed-in user with a client, and assertions on the answers.

import { createClient, type Client, type ClientOptions } from '@ticketing/client';

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

/** The data of the answer. @throws Error unless the answer is a success with this status */
export async function done<T>(request: Answer<T>, status: number): Promise<T> {
  const answer = await request;
  if (answer.ok && answer.status === status) return answer.data;
  throw new Error(`expected ${status}, received ${describe(answer)}`);
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

const describe = (answer: Answered<unknown, { code: string }>) =>
  `${answer.status} ${answer.ok ? JSON.stringify(answer.data) : answer.error.code}`;
