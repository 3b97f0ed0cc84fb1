// A person with a client of their own, and what must be answered to them.

import { createClient, type Client, type ClientOptions } from '@ticketing/client';

export type Person = Client & Readonly<{ email: string }>;

export const password = 'correct horse';

let people = 0;

/**
 * Signs up with an address of their own, and acts with the session that this gave them. What they do is sent once: no
 * refusal hides behind a second try.
 */
export async function signUp(url: string, options: Partial<ClientOptions> = {}): Promise<Person> {
  const client = createClient({ url, retries: 0, ...options });
  people += 1;
  const email = `person-${process.pid}-${people}@example.com`;
  await done(client.signUp({ email, password }), 201);
  return { ...client, email };
}

type Answered<T, E> = Readonly<{ status: number }> &
  (Readonly<{ ok: true; data: T }> | Readonly<{ ok: false; error: E }>);

export type Answer<T = unknown, E = { code: string }> = Promise<Answered<T, E>>;

/** What was answered. @throws Error when it is not this success */
export async function done<T>(asked: Answer<T>, status: number): Promise<T> {
  const answer = await asked;
  if (answer.ok && answer.status === status) return answer.data;
  throw new Error(`not ${status}, but ${told(answer)}`);
}

/** @throws Error when the answer is none of these refusals */
export async function refused<E extends { code: string }>(
  asked: Answer<unknown, E>,
  status: number,
  ...codes: readonly E['code'][]
): Promise<void> {
  const answer = await asked;
  if (!answer.ok && answer.status === status && codes.includes(answer.error.code)) return;
  throw new Error(`not ${status} ${codes.join(' or ')}, but ${told(answer)}`);
}

const told = (answer: Answered<unknown, { code: string }>) =>
  `${answer.status} ${answer.ok ? JSON.stringify(answer.data) : answer.error.code}`;
