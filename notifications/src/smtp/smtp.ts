// Hands mails to the mail server of SMTP_URL.

import { createTransport } from 'nodemailer';
import type { Answer } from '../domain/mail.js';
import { parseSender } from './sender-address.js';
import { answerOf } from './smtp-answer.js';
import { parseSmtpUrl } from './smtp-url.js';

export type Outgoing = Readonly<{
  /** without its angle brackets */
  messageId: string;
  to: Readonly<{ name?: string | undefined; address: string }>;
  date: Date;
  subject: string;
  text: string;
  html: string;
  headers: Readonly<Record<string, string>>;
}>;

type Config = Readonly<{
  SMTP_URL: string;
  MAIL_FROM: string;
  SMTP_CONNECTIONS: number;
  SMTP_TIMEOUT_MS: number;
}>;

const connectWithinMs = 10_000;
// nodemailer reads a list of addresses out of one text, so nothing may look like two.
const oneAddress = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;
const control = /[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}]+/gu;

export type Smtp = ReturnType<typeof openSmtp>;

/** Connects when the first mail is sent. */
export function openSmtp({ SMTP_URL, MAIL_FROM, SMTP_CONNECTIONS, SMTP_TIMEOUT_MS }: Config) {
  const from = parseSender(MAIL_FROM) ?? { name: '', address: MAIL_FROM };
  const transport = createTransport({
    ...parseSmtpUrl(SMTP_URL),
    pool: true,
    maxConnections: SMTP_CONNECTIONS,
    maxMessages: 1_000,
    // The pool would repeat a mail for ever, and never report it, while a server closes connections before its greeting.
    maxRequeues: 0,
    connectionTimeout: Math.min(connectWithinMs, SMTP_TIMEOUT_MS),
    greetingTimeout: Math.min(connectWithinMs, SMTP_TIMEOUT_MS),
    socketTimeout: SMTP_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    /** Sends one mail. Never throws. */
    async send({ to, subject, messageId, ...mail }: Outgoing): Promise<Answer> {
      if (!oneAddress.test(to.address)) return { outcome: 'refused', problem: 'the address is malformed' };
      try {
        await transport.sendMail({
          ...{ ...mail, from, subject: oneLine(subject), messageId: `<${messageId}>` },
          to: { name: oneLine(to.name ?? ''), address: to.address },
          envelope: { from: from.address, to: [to.address] },
        });
        return { outcome: 'accepted' };
      } catch (error) {
        return answerOf(error);
      }
    },

    close: () => transport.close(),
  };
}

// A header ends with its line. nodemailer removes line breaks, too; this is our own guard.
const oneLine = (text: string): string => text.replaceAll(control, ' ').trim();
