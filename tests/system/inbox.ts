// The mails of a running system, as its local mail catcher has received them.

import { eventually } from '@ticketing/common/testing';
import type { System } from './system.js';

export type Mail = Readonly<{ id: string; subject: string; text: string; html: string }>;

type Recipient = Readonly<{ email: string }>;

// Longer than the ack wait of the bus: the event of a mail may be delivered for the second time.
const arrivesWithinMs = 60_000;

/** The mails to a person whose subjects match, oldest first. */
export async function mailsTo(system: System, { email }: Recipient, subject: RegExp): Promise<Mail[]> {
  const query = new URLSearchParams({ 'to.address': email });
  const answer = await fetch(`${system.url('inbox')}/api/email?${query}`);
  return ((await answer.json()) as Mail[]).filter((mail) => subject.test(mail.subject));
}

/** The newest of exactly `count` such mails, when they have arrived. */
export function mailTo(system: System, person: Recipient, subject: RegExp, count = 1): Promise<Mail> {
  return eventually(async () => {
    const mails = await mailsTo(system, person, subject);
    expect(mails).toHaveLength(count);
    return mails.at(-1) as Mail;
  }, arrivesWithinMs);
}

/** The headers of a mail as they were sent; each is one line. */
export async function headersOf(system: System, { id }: Mail): Promise<string> {
  const source = await (await fetch(`${system.url('inbox')}/api/email/${id}/source`)).text();
  return (source.split('\r\n\r\n')[0] ?? '').replaceAll(/\r\n[ \t]+/g, ' ').replaceAll('\r\n', '\n');
}

/** The token of the link in a mail, which text and HTML both have. */
export function tokenIn({ text, html }: Mail, purpose: string): string {
  const link = new RegExp(String.raw`http://localhost:\d+/api/users/link#${purpose}\.([\w.-]+)`);
  const [inText, inHtml] = [link.exec(text)?.[1], link.exec(html)?.[1]];
  expect(inText).toBeDefined();
  expect(inHtml).toBe(inText);
  return inText ?? '';
}
