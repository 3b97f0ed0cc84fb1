// Promises "told once" and "no lost mail": in every interleaving of events (duplicated, reordered), deaths of two processes at
// any step, answers of the mail server and time, each event makes one mail for each of its recipients. A mail comes again, with
// one Message-ID, only if its answer was lost on the way to the store. The service and the mail server are real.

import { randomUUID } from 'node:crypto';
import {
  LinkRequested,
  PasswordChanged,
  UserCreated,
  UserSignedIn,
  type DomainEvent,
} from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser } from '@ticketing/common/testing';
import fc from 'fast-check';
import { eventsOfOrder, profileOf } from '../../notifications/src/testing/start.js';
import { checkProperty } from './harness.js';
import {
  deadlyCalls,
  messageIdOf,
  openMailOffice,
  smtpAnswers,
  type Breakage,
  type MailOffice,
} from './mail-office.js';

const timeoutMs = 1_800_000;
const lanes = 4;
const hourMs = 3_600_000;
const maxRecoveries = 12;
const opened: MailOffice[] = [];
afterEach(async () => {
  for (const office of opened.splice(0)) await office.stop();
});

const endings = ['open', 'paid', 'expired', 'refunded in part', 'refunded'] as const;
const anyProcess = fc.nat(1);
const death = {
  call: fc.constantFrom(...deadlyCalls),
  when: fc.constantFrom('before' as const, 'after' as const),
};
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ action: fc.constant('deliver' as const), process: anyProcess, event: fc.nat(99) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      action: fc.constant('die' as const),
      process: anyProcess,
      ...death,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      action: fc.constant('deliver and die' as const),
      process: anyProcess,
      event: fc.nat(99),
      ...death,
    }),
  },
  { weight: 2, arbitrary: fc.record({ action: fc.constant('restart' as const), process: anyProcess }) },
  {
    weight: 3,
    arbitrary: fc.record({ action: fc.constant('answer' as const), answer: fc.constantFrom(...smtpAnswers) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ action: fc.constant('wait' as const), minutes: fc.constantFrom(1, 5, 30) }),
  },
  { weight: 2, arbitrary: fc.record({ action: fc.constant('send' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
const histories = fc.record({
  ending: fc.constantFrom(...endings),
  steps: fc.array(step, { minLength: 1, maxLength: 24 }),
});
type History = typeof histories extends fc.Arbitrary<infer H> ? H : never;

type Expected = Readonly<{ notice: string; to: string }>;

/** The events about a buyer and a seller, and the model: which mails each of them has. */
function storyOf(ending: (typeof endings)[number], now: Date) {
  const [buyer, seller] = [aUser(), aUser()];
  const order = eventsOfOrder({ buyer, seller });
  const link = { id: newId(), purpose: 'reset-password' as const, email: buyer.email };
  const refund = (id: string, amount: string) => ({
    ...{ id, amount, status: 'succeeded' as const, by: 'seller' as const, reason: 'refund' },
  });
  const [half, rest] = [refund('rf-1', '19.99'), refund('rf-2', '19.99')];
  const isPaid = ending !== 'open' && ending !== 'expired';
  const at = now.toISOString();
  const events: DomainEvent[] = [
    UserCreated(profileOf(buyer)),
    UserCreated(profileOf(seller)),
    order.created,
    LinkRequested({
      ...{ id: buyer.id, version: 3 },
      link: { ...link, expiresAt: new Date(now.getTime() + 48 * hourMs).toISOString() },
    }),
    PasswordChanged({ id: buyer.id, version: 4, at, by: 'owner' }),
    UserSignedIn({ id: seller.id, version: 5, at, device: 'Firefox on Linux' }),
    ...(isPaid ? [order.completed] : []),
    ...(ending === 'expired' ? [order.cancelled('expired')] : []),
    ...(ending.startsWith('refunded') ? [order.refunds([half])] : []),
    ...(ending === 'refunded' ? [order.wholeRefund('refund', [half, rest])] : []),
  ];
  const mail = (event: string, ...people: readonly (typeof buyer)[]): Expected[] =>
    people.map(({ id, email }) => ({ notice: `${event}|${id}|mail`, to: email }));
  const expected = [
    ...mail(`order:created/${order.id}`, buyer),
    ...mail(`user:link-requested/${link.id}`, buyer),
    ...mail(`user:password-changed/${buyer.id}/4`, buyer),
    ...mail(`user:signed-in/${seller.id}/5`, seller),
    ...(isPaid ? mail(`order:completed/${order.id}`, buyer, seller) : []),
    ...(ending === 'expired' ? mail(`order:cancelled/${order.id}`, buyer) : []),
    ...(ending.startsWith('refunded') ? mail('payment:refunded/rf-1', buyer, seller) : []),
    ...(ending === 'refunded' ? mail('payment:refunded/rf-2', buyer, seller) : []),
  ];
  return { events, expected };
}

/** Runs a history until all events are acknowledged and no mail is due. */
async function run(office: MailOffice, { ending, steps }: History): Promise<readonly Expected[]> {
  office.reset();
  const time = office.now();
  const { events, expected } = storyOf(ending, time);
  const unhandled = new Set(events);
  const handle = async (at: number, event: DomainEvent) => {
    if (await office.processes[at]?.handle(event, time)) unhandled.delete(event);
  };

  async function take(one: Step): Promise<unknown> {
    switch (one.action) {
      case 'deliver':
        return handle(one.process, events[one.event % events.length] as DomainEvent);
      case 'deliver and die':
        office.processes[one.process]?.restart();
        office.processes[one.process]?.die(one);
        await handle(one.process, events[one.event % events.length] as DomainEvent);
        return office.processes[one.process]?.restart();
      case 'die':
        return office.processes[one.process]?.die(one);
      case 'restart':
        return office.processes[one.process]?.restart();
      case 'answer':
        return office.answers.waiting.push(one.answer);
      case 'wait':
        return office.wait(one.minutes * 60_000);
      case 'send':
        return office.send();
    }
  }
  for (const one of steps) await take(one);

  const people = expected.map(({ notice }) => notice.split('|')[1] ?? '');
  const isDue = { status: 'due', userId: { $in: people } };
  const due = () => office.ctx.notices.model.collection.countDocuments(isDue as never);
  for (let times = 0; times < maxRecoveries; times += 1) {
    await office.recover();
    for (const event of unhandled) await handle(times % 2, event);
    if (unhandled.size === 0 && (await due()) === 0) break;
  }
  return expected;
}

/** Compares the mails in the mailbox with the expected ones, and lists the problems. */
async function judge(office: MailOffice, expected: readonly Expected[]): Promise<string[]> {
  const { mailbox, answers, inDoubt } = office;
  const ids = mailbox.mails.map(({ headers }) => headers.get('message-id') ?? '');
  const count = (list: readonly string[], id: string) => list.filter((one) => one === id).length;
  const known = new Map(expected.map(({ notice, to }) => [messageIdOf(notice), { notice, to }]));
  const problems = mailbox.mails
    .filter(({ to }, at) => known.get(ids[at] ?? '')?.to !== to)
    .map(({ to }) => `${to} has a mail about no event of theirs`);
  let refused = 0;
  for (const [id, { notice }] of known) {
    const copies = count(ids, id);
    if (copies > 1 + count(answers.lost, id) + count(inDoubt, id))
      problems.push(`${notice} came ${copies} times`);
    if (copies > 0) continue;
    const stored = await office.ctx.notices.model.collection.findOne({ _id: notice } as never);
    if (stored?.['status'] === 'refused') refused += 1;
    else problems.push(`${notice} never came: ${String(stored?.['status'])}`);
  }
  if (refused > answers.refused.length) problems.push(`${refused} mails count as refused`);
  return problems;
}

const withOffice = async (breakage?: Breakage): Promise<MailOffice> => {
  const office = await openMailOffice(breakage);
  opened.push(office);
  return office;
};

test(
  'each event makes one mail for each recipient in every interleaving, and none is lost',
  async () => {
    const free: MailOffice[] = [];
    for (let lane = 0; lane < lanes; lane += 1) free.push(await withOffice());
    await checkProperty(
      histories,
      async (history) => {
        const office = free.pop();
        if (!office) throw new Error('all services are in use');
        try {
          expect(await judge(office, await run(office, history))).toEqual([]);
        } finally {
          free.push(office);
        }
      },
      { lanes, share: 0.2 },
    );
  },
  timeoutMs,
);

const stored = new Set<string>();
/** A notice for each delivery of an event. */
const withoutUniqueNotice: Breakage = ({ notices }) => {
  const { add } = notices;
  const eventOf = ({ event, userId }: Parameters<typeof add>[0][number]): string => {
    const id = `${event}|${userId}`;
    if (stored.has(id)) return `${event}/${randomUUID()}`;
    stored.add(id);
    return event;
  };
  const renamed: typeof add = (found, claim) =>
    add(
      found.map((notice) => ({ ...notice, event: eventOf(notice) })),
      claim,
    );
  Object.assign(notices, { add: renamed });
};

/** A claim that does not end with its process. */
const withoutEndOfClaim: Breakage = ({ notices }) => {
  const { add, claim } = notices;
  const foreverMs = 1_000 * hourMs;
  const forever: typeof claim = (limit) => claim(limit, foreverMs);
  const addForever: typeof add = (found, own) =>
    add(found, own && { ...own, nextTryAt: new Date(own.nextTryAt.getTime() + foreverMs) });
  Object.assign(notices, { add: addForever, claim: forever });
};

const deliver = (event: number, at: number) => ({ action: 'deliver' as const, process: at, event });
const everything = Array.from({ length: 6 }, (_, event) => deliver(event, 0));

test.each<[string, string, Breakage, Step[]]>([
  ['the unique notice', 'no event of theirs', withoutUniqueNotice, [deliver(4, 0), deliver(4, 1)]],
  [
    'the end of a claim',
    'never came: due',
    withoutEndOfClaim,
    [{ action: 'die', process: 0, call: 'send', when: 'before' }],
  ],
])('control: without %s the same check fails', async (_guard, problem, breakage, steps) => {
  const history: History = { ending: 'open', steps: [...steps, ...everything] };
  const intact = await withOffice();
  expect(await judge(intact, await run(intact, history))).toEqual([]);
  const broken = await withOffice(breakage);
  expect((await judge(broken, await run(broken, history))).join()).toContain(problem);
});
