// Maps an error of nodemailer to an answer. Only the codes of the server are kept: its texts repeat addresses.
// https://www.rfc-editor.org/rfc/rfc5321#section-4.2, https://www.rfc-editor.org/rfc/rfc3463

import type { Answer } from '../domain/mail.js';

type SmtpError = Readonly<{ code?: unknown; command?: unknown; responseCode?: unknown; response?: unknown }>;

/** The commands whose refusal is about this mail. Others are about the connection, the login or the sender. */
const commandsOfMail: readonly unknown[] = ['RCPT TO', 'DATA'];
/** nodemailer refuses the mail before it asks the server: the address is malformed, or the mail too large. */
const refusedByUs: readonly unknown[] = ['EENVELOPE', 'EMESSAGE'];
const closing = 421;

export function answerOf(error: unknown): Answer {
  const { code, command, responseCode, response } = (error ?? {}) as SmtpError;
  if (typeof responseCode !== 'number')
    return refusedByUs.includes(code)
      ? { outcome: 'refused', problem: 'the address is malformed or the mail is too large' }
      : { outcome: 'away', problem: typeof code === 'string' ? code : 'no answer' };
  const problem = `${responseCode}${detailIn(response)} to ${String(command)}`;
  if (!commandsOfMail.includes(command) || responseCode === closing) return { outcome: 'away', problem };
  return { outcome: responseCode >= 500 ? 'refused' : 'later', problem };
}

/** The enhanced status code, such as ` 5.1.1`. */
function detailIn(response: unknown): string {
  const [, detail] = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response)) ?? [];
  return detail === undefined ? '' : ` ${detail}`;
}
