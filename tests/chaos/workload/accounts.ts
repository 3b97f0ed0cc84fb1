// Real accounts: notifications knows their addresses from auth.

import { setTimeout as delay } from 'node:timers/promises';
import { password } from '../../system/person.js';
import type { ChaosSystem } from '../system/chaos-system.js';
import type { MailServer } from '../system/mails.js';

export type Account = Readonly<{ id: string; email: string }>;

const withinMs = 60_000;
const settlingMs = 3_000;

/** Signs these people up. Resolves when the mail server has seen a first mail to each of them. */
export async function openAccounts(
  system: ChaosSystem,
  server: MailServer,
  emails: readonly string[],
): Promise<Account[]> {
  const accounts: Account[] = [];
  for (const email of emails) accounts.push(await signUp(system, email));
  const seen = () => new Set(server.journal().flatMap((entry) => ('to' in entry ? [entry.to] : []))).size;
  for (const end = Date.now() + withinMs; seen() < emails.length; await delay(100))
    if (Date.now() > end) throw new Error(`${emails.length - seen()} accounts have no first mail`);
  await delay(settlingMs);
  return accounts;
}

async function signUp(system: ChaosSystem, email: string): Promise<Account> {
  const answer = await fetch(`${system.urls('auth')[0]}/api/users/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  const { id } = (await answer.json()) as { id?: string };
  if (!id) throw new Error(`a sign-up was answered ${answer.status}`);
  return { id, email };
}
