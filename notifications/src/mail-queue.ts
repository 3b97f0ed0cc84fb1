// Sends the mails that are due, some at a time.
//
// Problem: mails are written by handlers of events and must leave at once; the mail server may be slow or away, and several
// processes send. Guarantee: a mail is claimed before it is sent, and the claim is renewed while it is sent, so that two
// processes send one mail only if the first has stopped for longer than a lease. While the server is away, one pause holds
// for all mails. Not promised: an order of mails.

import { createGate, pause } from '@ticketing/common/bus';
import { isOutage } from '@ticketing/common/errors';
import type { StoredMail } from './notices.js';
import { trySend, type MailParts } from './send-mail.js';
import { createOutage } from './smtp/outage.js';

type Parts = MailParts & Readonly<{ runInBackground: (work: Promise<void>) => void }>;
type InFlight = Map<StoredMail, Promise<void>>;

export type MailQueue = ReturnType<typeof createMailQueue>;

export function createMailQueue(parts: Parts) {
  const { config, log, runInBackground } = parts;
  const stopping = new AbortController();
  const gate = createGate(config.RETRY_DELAY_MS, config.SMTP_PAUSE_MAX_MS, stopping.signal);
  const outage = createOutage(gate, log);
  const inFlight: InFlight = new Map();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  let isRunning = false;
  let isWoken = false;
  let wakeUp: () => void = () => undefined;

  function wake(): void {
    isWoken = true;
    wakeUp();
    if (isRunning || stopping.signal.aborted) return;
    isRunning = true;
    runInBackground(run());
  }

  async function run(): Promise<void> {
    try {
      while (isWoken && !stopping.signal.aborted) await sendAllDue();
    } catch (error) {
      log[isOutage(error) ? 'warn' : 'error']({ err: error }, 'mails not sent yet: the sweep will retry');
    } finally {
      isRunning = false;
    }
  }

  async function sendAllDue(): Promise<void> {
    for (;;) {
      await gate.open();
      if (stopping.signal.aborted) return;
      isWoken = false;
      const woken = new Promise<void>((resolve) => (wakeUp = resolve));
      const free = config.MAILS_IN_FLIGHT - inFlight.size;
      // Few large claims: half of the room must be free.
      const isRoom = free >= config.MAILS_IN_FLIGHT / 2;
      const claimed = isRoom ? await parts.notices.claim(free, config.MAIL_LEASE_MS) : [];
      for (const mail of claimed)
        inFlight.set(
          mail,
          trySend(parts, outage, mail).finally(() => inFlight.delete(mail)),
        );
      if (inFlight.size === 0) return;
      const mayBeMore = claimed.length === free;
      await Promise.race([...inFlight.values(), stopped, ...(isRoom && !mayBeMore ? [woken] : [])]);
    }
  }

  return {
    /** Mails that are due leave at once. */
    wake,
    start: () => runInBackground(renewLeases(parts, inFlight, stopping.signal)),
    /** Begins no further mail, and waits for those that the mail server is about to answer. */
    async stop(): Promise<void> {
      stopping.abort();
      await waitFor(inFlight);
      if (inFlight.size > 0)
        log.warn({ mails: inFlight.size }, 'stopped before the mail server has answered: mails may go twice');
      parts.smtp.close();
    },
  };
}

async function renewLeases({ config, notices, log }: Parts, inFlight: InFlight, stopping: AbortSignal) {
  while (!stopping.aborted) {
    await pause(config.MAIL_LEASE_MS / 3, stopping);
    if (inFlight.size === 0) continue;
    await notices
      .renew([...inFlight.keys()], config.MAIL_LEASE_MS)
      .catch((error: unknown) => log.warn({ err: error }, 'the claims of mails are not renewed'));
  }
}

const stopWithinMs = 15_000;

async function waitFor(inFlight: InFlight): Promise<void> {
  const waited = new AbortController();
  await Promise.race([Promise.all(inFlight.values()), pause(stopWithinMs, waited.signal)]);
  waited.abort();
}
