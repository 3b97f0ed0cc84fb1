// The search of operators for people and their mails.

import type { Found, Stuck } from '@ticketing/common/operator';
import type { StoredMail } from './notices.js';
import type { NotificationsContext } from './store.js';

const maxListed = 50;
const sentWithinMs = 10 * 60_000;
const listedForMs = 24 * 3_600_000;

/** The person with this e-mail address or id, and their newest mails. */
export async function* findPeople(ctx: NotificationsContext, text: string): AsyncGenerator<Found> {
  const person = text.includes('@')
    ? await ctx.people.findByEmail(text.trim().toLowerCase())
    : await ctx.people.find(text);
  if (!person) return;
  const { id, email, deletedAt, unwanted = [] } = person;
  const related = { email, 'turned off': unwanted.join(', ') || undefined };
  yield { what: 'person', id, status: deletedAt ? 'deleted' : 'known', related };
  for (const mail of await ctx.notices.findMailsOf(id, maxListed)) yield toFound(mail);
}

function toFound({ _id: id, kind, status, data, at, userId, tries, problem }: StoredMail): Found {
  const order = 'orderId' in data ? data.orderId : undefined;
  const facts = { happened: at.toISOString(), problem: status === 'sent' ? undefined : problem };
  return {
    ...{ what: `mail ${kind}`, id, status },
    related: { person: userId, order, ...facts, tries: tries === 0 ? undefined : String(tries) },
  };
}

/** Mails that have not left within ten minutes, and those that were given up in the last day. */
export async function* stuckMails({ notices, now }: NotificationsContext): AsyncGenerator<Stuck> {
  const ago = (milliseconds: number) => new Date(now().getTime() - milliseconds);
  for await (const mail of notices.findStuck(ago(sentWithinMs), ago(listedForMs))) {
    const { kind, userId, status, at: since, problem = 'not tried yet' } = mail;
    const what = `mail ${kind} to ${userId}`;
    yield status === 'due'
      ? { what, problem: `not sent: ${problem}`, since, action: readLog }
      : { what, problem: `given up: ${problem}`, since, action: 'Tell the person in another way.' };
  }
}

const readLog = 'Look at the mail server of SMTP_URL and at the log of notifications.';
