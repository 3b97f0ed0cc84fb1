// Writes a mail: its text by the templates, its secret link, and the headers by which people turn such mails off.

import { hashOf } from '@ticketing/common/documents';
import { issueLinkToken } from '@ticketing/common/http';
import { addressOf, type Due } from './domain/mail.js';
import { isLinkKind, type Link } from './domain/notice.js';
import { isOptional, type Person } from './domain/person.js';
import type { Outgoing } from './smtp/smtp.js';
import { render } from './templates/index.js';
import type { NoticeData, Recipient } from './templates/types.js';
import { unsubscribeToken } from './unsubscribe-token.js';

type Config = Readonly<{ PUBLIC_URL: string; ACCOUNT_LINK_KEY: string }>;
type Written = Due & Readonly<{ _id: string; userId: string }>;

export function writeMail(mail: Written, person: Person | undefined, config: Config): Outgoing {
  const publicUrl = config.PUBLIC_URL.replace(/\/$/, '');
  const token = isOptional(mail.kind) ? unsubscribeToken(config, mail.userId, mail.kind) : undefined;
  const unsubscribe = token === undefined ? undefined : `${publicUrl}/api/notifications/unsubscribe/${token}`;
  const urls = { publicUrl, ...(unsubscribe !== undefined && { unsubscribe }) };
  const data = dataOf(mail, publicUrl, config.ACCOUNT_LINK_KEY);
  const { subject, text, html } = render(mail.kind, data, recipientOf(person), urls);
  return {
    messageId: `${hashOf(mail._id)}@${new URL(publicUrl).hostname}`,
    to: { name: person?.name, address: addressOf(mail, person) ?? '' },
    date: mail.at,
    ...{ subject, text, html },
    headers: {
      // https://www.rfc-editor.org/rfc/rfc3834#section-5
      'Auto-Submitted': 'auto-generated',
      // https://www.rfc-editor.org/rfc/rfc8058
      ...(unsubscribe !== undefined && {
        'List-Unsubscribe': `<${unsubscribe}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      }),
    },
  };
}

/** The recipient of a mail. Without a choice of the person, the language is English and the time zone UTC. */
export const recipientOf = ({ name, locale = 'en', timeZone = 'UTC' }: Partial<Person> = {}): Recipient => ({
  ...{ name, locale, timeZone },
});

function dataOf({ kind, data }: Written, publicUrl: string, key: string): NoticeData[typeof kind] {
  if (!isLinkKind(kind)) return data as NoticeData[typeof kind];
  const { id, purpose, newEmail, expiresAt } = data as Link;
  // The secret stands behind the #, which no server or proxy sees.
  const link = `${publicUrl}/api/users/link#${purpose}.${issueLinkToken(key, { id, purpose })}`;
  return { link, expiresAt, newEmail: newEmail ?? '' } as NoticeData[typeof kind];
}
