// Two processes of notifications with one database, one mail server, and a clock that the test sets. A process dies at a named
// call, before or after its effect: whatever else it was doing fails too, and what is stored stays. A death at a fail point
// leaves the same state.

import { hashOf } from '@ticketing/common/documents';
import { DependencyDown } from '@ticketing/common/errors';
import type { DomainEvent } from '@ticketing/common/events';
import { mongodb } from '@ticketing/common/service';
import { startForTest } from '@ticketing/common/testing';
import { service } from '../../notifications/src/service.js';
import { openSmtp, type Smtp } from '../../notifications/src/smtp/smtp.js';
import { openContext, type NotificationsContext } from '../../notifications/src/store.js';
import { openMailbox, type Mailbox } from '../../notifications/src/testing/mailbox.js';
import { mailEnv } from '../../notifications/src/testing/start.js';
import { deliverTo } from './harness.js';

export const deadlyCalls = [
  'store notices',
  'record order',
  'record person',
  'claim',
  'send',
  'record answer',
] as const;
type Call = (typeof deadlyCalls)[number];
export type Death = Readonly<{ call: Call; when: 'before' | 'after' }>;
type Platform = Parameters<typeof openContext>[0];
/** Removes a guard of a process, for controls. */
export type Breakage = (ctx: NotificationsContext) => void;

const never = '3600000';
/** Longer than any delay between two tries of a mail, and than a lease. */
const longMs = 16 * 60_000;

export const messageIdOf = (noticeId: string): string => `<${hashOf(noticeId)}@tickets.example.com>`;

export type MailOffice = Awaited<ReturnType<typeof openMailOffice>>;

export async function openMailOffice(breakage: Breakage = () => undefined) {
  const mailbox = await openMailbox();
  const answers = scriptedAnswers(mailbox);
  /** The Message-IDs of mails that may come once more: their process has died before it recorded the answer. */
  const inDoubt: string[] = [];
  let aheadMs = 0;
  const now = () => new Date(Date.now() + aheadMs);
  const parts = { url: mailbox.url, now, inDoubt, breakage };
  const first = await startProcess(parts);
  const second = await startProcess(parts, first.env);
  const processes = [first, second];
  const send = async (): Promise<void> => void (await Promise.all(processes.map((each) => each.send())));

  return {
    ...{ ctx: first.ctx, processes, mailbox, answers, inDoubt, now, send },
    wait: (milliseconds: number) => void (aheadMs += milliseconds),
    /** Forgets the mails and faults of the last history. */
    reset(): void {
      for (const process of processes) process.restart();
      for (const list of [mailbox.mails, answers.waiting, answers.lost, answers.refused, inDoubt])
        list.length = 0;
      aheadMs = 0;
    },
    /** Ends the faults, waits, and sends. */
    async recover(): Promise<void> {
      for (const process of processes) process.restart();
      answers.waiting.length = 0;
      aheadMs += longMs;
      await send();
    },
    async stop(): Promise<void> {
      await second.stop();
      await first.stop();
      await mailbox.close();
    },
  };
}

type Parts = Readonly<{ url: string; now: () => Date; inDoubt: string[]; breakage: Breakage }>;

async function startProcess(
  { url, now, inDoubt, breakage }: Parts,
  env: Readonly<Record<string, string | undefined>> = {},
) {
  const life = createLife();
  const sending = new Set<Promise<void>>();

  function open(base: Parameters<typeof service.open>[0]) {
    const typed = base as Platform;
    const storage = mongodb(typed);
    const platform: Platform = {
      ...{ ...typed, ...storage, now },
      // The bus still has each event that the test has not delivered.
      bus: { ...base.bus, caughtUp: async () => false },
      runInBackground(work) {
        const watched = work.finally(() => sending.delete(watched));
        sending.add(watched);
      },
    };
    const ctx = openContext(platform, mortalSmtp(openSmtp(platform.config), life, inDoubt));
    breakage(ctx);
    makeMortal(ctx, life, inDoubt);
    return { storage, ctx };
  }

  const timing = { MAIL_SWEEP_MS: never, SMTP_PAUSE_MAX_MS: '10', RETRY_DELAY_MS: '1' };
  const own = { ...service, workers: () => [], open };
  const running = await startForTest(own, { ...env, ...mailEnv(url), ...timing });
  const deliver = deliverTo(service.subscriptions?.(running.ctx) ?? []);
  const settled = async () => {
    while (sending.size > 0) await Promise.all(sending);
  };
  return {
    ...{ ctx: running.ctx, env: running.env, die: life.dieAt, restart: life.restart },
    /** Handles an event, and sends the mails about it. Returns whether it would be acknowledged. */
    async handle(event: DomainEvent, time: Date): Promise<boolean> {
      const isHandled = await deliver(event, time).then(
        () => !life.isOver(),
        () => false,
      );
      await settled();
      return isHandled;
    },
    /** Sends what is due. */
    async send(): Promise<void> {
      running.ctx.mailQueue.wake();
      await settled();
    },
    async stop(): Promise<void> {
      await running.ctx.mailQueue.stop();
      await running.stop();
    },
  };
}

type Life = ReturnType<typeof createLife>;

function createLife() {
  let death: Death | undefined;
  let isOver = false;
  // Sending takes the death for an outage, so it leaves the claim as it is, as a killed process does.
  const fail = () => new DependencyDown('the process, which has died');
  const reach = (call: Call, when: Death['when']) => {
    if (death?.call === call && death.when === when) isOver = true;
    if (isOver) throw fail();
  };

  return {
    isOver: () => isOver,
    dieAt: (next: Death) => void (death = next),
    restart(): void {
      death = undefined;
      isOver = false;
    },
    /** The call, which the process may not survive. */
    mortal:
      <A extends unknown[], R>(
        call: Call,
        run: (...args: A) => Promise<R>,
        died: (...args: A) => void = () => undefined,
      ) =>
      async (...args: A): Promise<R> => {
        try {
          reach(call, 'before');
        } catch (error) {
          died(...args);
          throw error;
        }
        const result = await run(...args);
        reach(call, 'after');
        return result;
      },
  };
}

function makeMortal(
  { notices, orders, people }: NotificationsContext,
  { mortal }: Life,
  inDoubt: string[],
): void {
  Object.assign(notices, {
    add: mortal('store notices', notices.add),
    claim: mortal('claim', notices.claim),
    settle: mortal('record answer', notices.settle, ({ _id }, { status }) => {
      if (status === 'sent') inDoubt.push(messageIdOf(_id));
    }),
  });
  Object.assign(orders, {
    change: mortal('record order', orders.change),
    insertOrChange: mortal('record order', orders.insertOrChange),
  });
  Object.assign(people, { insertOrChange: mortal('record person', people.insertOrChange) });
}

/** The mail server may accept a mail whose process does not live to hear of it. */
function mortalSmtp(smtp: Smtp, { mortal }: Life, inDoubt: string[]): Smtp {
  return {
    ...smtp,
    async send(mail) {
      let isAccepted = false;
      const send = mortal('send', async () => {
        const answer = await smtp.send(mail);
        isAccepted = answer.outcome === 'accepted';
        return answer;
      });
      return send().catch((error: unknown) => {
        if (isAccepted) inDoubt.push(`<${mail.messageId}>`);
        throw error;
      });
    },
  };
}

/** The answer of the mail server to the next mail. After `lost` it has accepted the mail and cuts the connection. */
export const smtpAnswers = [
  'refused recipient',
  'later recipient',
  'refused data',
  'later data',
  'lost',
] as const;
export type SmtpAnswer = (typeof smtpAnswers)[number];

const codes = { 'refused recipient': 550, 'later recipient': 450, 'refused data': 554, 'later data': 451 };

function scriptedAnswers(mailbox: Mailbox) {
  const waiting: SmtpAnswer[] = [];
  /** the Message-IDs of accepted mails without an answer */
  const lost: string[] = [];
  /** the final refusals */
  const refused: number[] = [];
  const take = (...kinds: readonly SmtpAnswer[]) => {
    const [next] = waiting;
    return next && kinds.includes(next) ? waiting.shift() : undefined;
  };
  const refuse = (answer: SmtpAnswer | undefined): number | undefined => {
    const code = codes[answer as keyof typeof codes] as number | undefined;
    if (code !== undefined && code >= 500) refused.push(code);
    return code;
  };
  mailbox.behave({
    refuse: () => refuse(take('refused recipient', 'later recipient')),
    refuseData: () => refuse(take('refused data', 'later data')),
    loseAnswer() {
      if (!take('lost')) return false;
      lost.push(mailbox.mails.at(-1)?.headers.get('message-id') ?? '');
      return true;
    },
  });
  return { waiting, lost, refused };
}
