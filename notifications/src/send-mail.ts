// Sends one claimed mail: decide, write it, hand it to the mail server, store the answer.
//
// The mail server cannot tell whether it has a mail already. A process that dies between its answer and our write therefore
// sends the mail again: with the same Message-ID, by which mailboxes recognize it (docs/decisions/0039).

import { failPoint } from '@ticketing/common/fail-points';
import { isOutage } from '@ticketing/common/errors';
import {
  remoteParent,
  runInContext,
  traceIdOf,
  withSpan,
  type Logger,
} from '@ticketing/common/observability';
import type { Config } from './config.js';
import { afterAnswer, reasonNotToSend, type Answer, type Next } from './domain/mail.js';
import type { Person } from './domain/person.js';
import type { Metrics } from './metrics.js';
import type { Notices, StoredMail } from './notices.js';
import type { People } from './people.js';
import type { trackOutage } from './smtp/outage.js';
import type { Smtp } from './smtp/smtp.js';
import { writeMail } from './write-mail.js';

export type MailParts = Readonly<{
  config: Config;
  log: Logger;
  now: () => Date;
  metrics: Metrics;
  people: People;
  notices: Notices;
  smtp: Smtp;
}>;

/**
 * Sends a claimed mail to `known`, or to the person in the store, and tells `outage` whether the mail server has
 * answered. Never throws.
 */
export async function trySend(
  parts: MailParts,
  outage: ReturnType<typeof trackOutage>,
  mail: StoredMail,
  known?: Person,
): Promise<void> {
  const { userId, kind, traceparent } = mail;
  const fields = { user: userId, kind, traceId: traceIdOf(traceparent) };
  const options = { parent: remoteParent(traceparent), attributes: { 'ticketing.kind': kind } };
  try {
    const answer = await withSpan('send mail', options, () =>
      runInContext(fields, () => sendOne(parts, mail, known)),
    );
    if (answer?.outcome === 'away') outage.noticed(answer.problem);
    else if (answer) outage.ended();
  } catch (error) {
    parts.log[isOutage(error) ? 'warn' : 'error']({ err: error, ...fields }, 'mail not sent yet');
    // A database that is down leaves the claim to its end. Any other error is a defect that concerns this mail.
    if (!isOutage(error)) await postpone(parts, mail);
  }
}

async function postpone({ notices, now }: MailParts, mail: StoredMail): Promise<void> {
  const next = afterAnswer(mail, { outcome: 'later', problem: 'an internal error' }, now());
  await notices.settle(mail, next).catch(() => undefined);
}

/** Returns the answer of the mail server, if it was asked. */
async function sendOne(
  parts: MailParts,
  mail: StoredMail,
  known: Person | undefined,
): Promise<Answer | undefined> {
  const { people, notices, smtp, metrics, now, config } = parts;
  const person = known ?? (await people.find(mail.userId));
  if (person?.deletedAt) {
    await notices.removeOf(mail.userId);
    return undefined;
  }
  const reason = reasonNotToSend(mail, person, now());
  if (reason) {
    await settle(parts, mail, reason);
    return undefined;
  }

  failPoint('before-send');
  const answer = await smtp.send(writeMail(mail, person, config));
  failPoint('after-send');
  const next = afterAnswer(mail, answer, now());
  await settle(parts, mail, next);
  if (next.status === 'due') metrics.mails.inc({ kind: mail.kind, outcome: 'retried' });
  return answer;
}

async function settle(
  { notices, metrics, log, now }: MailParts,
  mail: StoredMail,
  next: Next,
): Promise<void> {
  await notices.settle(mail, next);
  if (next.status === 'due') {
    // A mail server that is away has log lines of its own.
    const level = next.tries > mail.tries ? 'info' : 'debug';
    return log[level](
      { problem: next.problem, tries: next.tries },
      'mail not sent yet: it will be tried again',
    );
  }
  metrics.mails.inc({ kind: mail.kind, outcome: next.status });
  const ageSeconds = Math.max(0, now().getTime() - mail.at.getTime()) / 1_000;
  if (next.status === 'sent') metrics.delay.observe(ageSeconds);
  if (next.status === 'refused')
    log.warn({ problem: next.problem }, 'mail refused: it will not be sent again');
  if (next.status === 'dead')
    log.error({ problem: mail.problem, ageSeconds, alarm: true }, 'mail not sent within 24 hours: given up');
}
