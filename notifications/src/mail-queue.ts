// Sends the mails that are due, some at a time.
//
// Problem: mails are written by handlers of events and must leave at once; the mail server may be slow or away, and several
// processes send. Guarantee: a mail is claimed before it is sent, and the claim is renewed while it is sent. Two processes
// send the same mail only if the first one paused for longer than a lease. A new mail is stored with its claim, and
// leaves without another look at the store. While the server is away, all mails pause together. Not promised: an order of
// mails.

import { createGate, pause } from '@ticketing/common/bus';
import { isOutage } from '@ticketing/common/errors';
import { newId } from '@ticketing/common/id';
import type { Person } from './domain/person.js';
import type { MailClaim, StoredMail } from './notices.js';
import { trySend, type MailParts } from './send-mail.js';
import { trackOutage } from './smtp/outage.js';

type Parts = MailParts & Readonly<{ runInBackground: (work: Promise<void>) => void }>;
type NewMail = Readonly<{ mail: StoredMail; person: Person | undefined }>;
/** Stores new mails, with the claim if there is one. Returns those that it has stored with it. */
type StoreNew = (claim: MailClaim | undefined) => Promise<readonly NewMail[]>;
type InFlight = Map<StoredMail, Promise<void>>;

export type MailQueue = ReturnType<typeof createMailQueue>;

export function createMailQueue(parts: Parts) {
  const { config, log, runInBackground } = parts;
  const stopping = new AbortController();
  const gate = createGate(config.RETRY_DELAY_MS, config.SMTP_PAUSE_MAX_MS, stopping.signal);
  const inFlight: InFlight = new Map();
  const wakeUp = createSignal();
  const outage = trackOutage(gate, log);
  const queue: Queue = {
    parts,
    gate,
    outage,
    inFlight,
    reserved: { count: 0 },
    wakeUp,
    stopping: stopping.signal,
  };
  let isRunning = false;

  function wake(): void {
    wakeUp.raise();
    if (isRunning || stopping.signal.aborted) return;
    isRunning = true;
    runInBackground(run());
  }

  async function run(): Promise<void> {
    try {
      while (wakeUp.isRaised() && !stopping.signal.aborted) await sendAllDue(queue);
    } catch (error) {
      log[isOutage(error) ? 'warn' : 'error']({ err: error }, 'mails not sent yet: the sweep will retry');
    } finally {
      isRunning = false;
    }
  }

  return {
    /** Mails that are due leave at once. */
    wake,

    /** Stores new mails and sends them at once. */
    async sendNew(most: number, store: StoreNew): Promise<void> {
      if (!(await sendAtOnce(queue, most, store))) wake();
    },

    start: () => runInBackground(renewLeases(parts, inFlight, stopping.signal)),

    /** Begins no further mail, and waits for those that the mail server is about to answer. */
    async stop(): Promise<void> {
      stopping.abort();
      wakeUp.raise();
      await waitFor(inFlight);
      if (inFlight.size > 0)
        log.warn({ mails: inFlight.size }, 'stopped before the mail server has answered: mails may go twice');
      parts.smtp.close();
    },
  };
}

/** A signal that is raised when mails become due, and cleared by each look at the store. */
function createSignal() {
  let isRaised = false;
  let announce: () => void = () => undefined;
  return {
    raise(): void {
      isRaised = true;
      announce();
    },
    isRaised: () => isRaised,
    /** The result resolves when the signal is raised again. */
    clear(): Promise<void> {
      isRaised = false;
      return new Promise((resolve) => (announce = resolve));
    },
  };
}

type Queue = Readonly<{
  parts: Parts;
  gate: ReturnType<typeof createGate>;
  outage: ReturnType<typeof trackOutage>;
  inFlight: InFlight;
  /** of mails that are being stored with a claim */
  reserved: { count: number };
  wakeUp: ReturnType<typeof createSignal>;
  stopping: AbortSignal;
}>;

function send({ parts, outage, inFlight }: Queue, mail: StoredMail, person?: Person): Promise<void> {
  const sending = trySend(parts, outage, mail, person).finally(() => inFlight.delete(mail));
  inFlight.set(mail, sending);
  return sending;
}

/** Stores new mails and sends them. Returns false if it only stored them: no room, or the mail server is away. */
async function sendAtOnce(queue: Queue, most: number, store: StoreNew): Promise<boolean> {
  const { parts, gate, inFlight, reserved, stopping } = queue;
  const { MAILS_IN_FLIGHT, MAIL_LEASE_MS } = parts.config;
  const isRoom = inFlight.size + reserved.count + most <= MAILS_IN_FLIGHT;
  if (!isRoom || !gate.isOpen() || stopping.aborted) {
    await store(undefined);
    return false;
  }
  reserved.count += most;
  try {
    const nextTryAt = new Date(parts.now().getTime() + MAIL_LEASE_MS);
    const mails = await store({ claim: newId(), nextTryAt });
    for (const { mail, person } of mails) parts.runInBackground(send(queue, mail, person));
  } finally {
    reserved.count -= most;
  }
  return true;
}

async function sendAllDue(queue: Queue): Promise<void> {
  const { parts, gate, inFlight, wakeUp, stopping } = queue;
  const { MAILS_IN_FLIGHT, MAIL_LEASE_MS } = parts.config;
  for (;;) {
    await gate.open();
    if (stopping.aborted) return;
    const raised = wakeUp.clear();
    const free = MAILS_IN_FLIGHT - inFlight.size;
    // Few large claims: half of the room must be free.
    const isRoom = free >= MAILS_IN_FLIGHT / 2;
    const claimed = isRoom ? await parts.notices.claim(free, MAIL_LEASE_MS) : [];
    for (const mail of claimed) void send(queue, mail);
    if (inFlight.size === 0) return;
    await Promise.race([...inFlight.values(), raised]);
  }
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
