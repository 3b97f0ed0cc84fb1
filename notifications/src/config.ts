import { BaseConfig, constant, DatabaseConfig, integer } from '@ticketing/common/service';
import { z } from 'zod';
import { senderFault } from './smtp/sender-address.js';
import { smtpUrlFault } from './smtp/smtp-url.js';

const textWithout = (faultOf: (text: string) => string | undefined) =>
  z.string().superRefine((text, { addIssue }) => {
    const message = faultOf(text);
    if (message !== undefined) addIssue({ code: 'custom', message });
  });

export const Config = BaseConfig.extend(DatabaseConfig.shape).extend({
  /** The mail server: `smtp://` (with STARTTLS if the server has it) or `smtps://`, with user and password if it wants them. */
  SMTP_URL: textWithout(smtpUrlFault),
  /** The sender of mails, for example `Tickets <tickets@example.com>`. */
  MAIL_FROM: textWithout(senderFault),
  /** The address under which people reach the gateway, for links in mails. */
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be a URL with http or https' }),
  /** Makes the secrets of links in mails; auth has the same. */
  ACCOUNT_LINK_KEY: z.string().min(32, 'must have at least 32 characters'),
  /** Connections of one process to the mail server. */
  SMTP_CONNECTIONS: integer(5, 1, 100),
  /** Time that the mail server may be silent. A mail that it accepts later than that is sent again. */
  SMTP_TIMEOUT_MS: constant(integer(120_000, 100)),
  /** Mails that one process has claimed at one time. */
  MAILS_IN_FLIGHT: constant(integer(50, 1, 1_000)),
  /** Time after which another process may send a claimed mail, if the claim is not renewed. */
  MAIL_LEASE_MS: constant(integer(60_000, 100)),
  /** Interval of the sweep that finds mails whose process died, and those that wait for their next try. */
  MAIL_SWEEP_MS: constant(integer(2_000, 10)),
  /** The longest pause while the mail server does not answer. */
  SMTP_PAUSE_MAX_MS: constant(integer(15_000, 10)),
});
export type Config = z.infer<typeof Config>;
