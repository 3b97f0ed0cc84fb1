// A mail server that is away, slow, or refuses.

import { aUser, eventually, startForTest } from '@ticketing/common/testing';
import { measureMails } from './metrics.js';
import { service } from './service.js';
import { eventsOfOrder, mailEnv, startNotifications, type Notifications } from './testing/start.js';

let notifications: Notifications;
beforeAll(async () => {
  notifications = await startNotifications({ MAIL_LEASE_MS: '1500' });
});
afterEach(async () => {
  jest.restoreAllMocks();
  notifications.mailbox.behave({});
});
afterAll(() => notifications.stop());

async function anOrderOf(buyer = notifications.aPerson()) {
  const person = await buyer;
  const order = eventsOfOrder({ buyer: person });
  await notifications.publish(order.created);
  return { person, order, mails: () => notifications.mailbox.mailsTo(person.email) };
}

const mailOf = async (person: { id: string }) =>
  (await notifications.ctx.notices.findMailsOf(person.id, 1))[0];
const becomes = (person: { id: string }, status: string) =>
  eventually(async () => expect(await mailOf(person)).toMatchObject({ status }));

/** The gauges of the mails that wait. `areYoung`: the oldest is at most two minutes old. */
async function waitingMails() {
  await measureMails(notifications.ctx);
  const { text } = await notifications.request.get('/metrics').expect(200);
  const [, count] = /^ticketing_mails_waiting (\S+)$/m.exec(text) ?? [];
  const [, oldest] = /^ticketing_mails_waiting_oldest_seconds (\S+)$/m.exec(text) ?? [];
  return { count: Number(count), areYoung: Number(oldest) >= 0 && Number(oldest) < 120 };
}

test('while the mail server is away, mails wait, the service is ready, and each mail arrives once', async () => {
  const warn = jest.spyOn(notifications.ctx.log, 'warn');
  await notifications.mailbox.close();
  const orders = await Promise.all(Array.from({ length: 5 }, () => anOrderOf()));
  await eventually(() =>
    expect(warn.mock.calls.map(([, text]) => text)).toContain('the mail server is not available: mails wait'),
  );
  expect((await notifications.request.get('/readyz').expect(200)).body.ready).toBe(true);
  for (const { person } of orders) expect(await mailOf(person)).toMatchObject({ status: 'due', tries: 0 });
  expect(await waitingMails()).toEqual({ count: 5, areYoung: true });
  await notifications.mailbox.open();
  for (const { person } of orders) await becomes(person, 'sent');
  for (const { mails } of orders) expect(mails()).toHaveLength(1);
});

test('an address that the mail server refuses is recorded and not tried again, and others get their mail', async () => {
  const refused = await notifications.aPerson();
  notifications.mailbox.behave({ refuse: (address) => (address === refused.email ? 550 : undefined) });
  const { person } = await anOrderOf(Promise.resolve(refused));
  const other = await anOrderOf();
  await becomes(other.person, 'sent');
  await becomes(person, 'refused');
  const { problem, ...mail } = (await mailOf(person)) ?? {};
  expect([problem, JSON.stringify(mail).includes('secret-address')]).toEqual(['550 5.1.1 to RCPT TO', false]);
  notifications.mailbox.behave({});
  const { lines } = await notifications.operate('find', person.email);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { what: 'person', id: person.id },
    { what: 'mail order-placed', status: 'refused', related: { problem: '550 5.1.1 to RCPT TO' } },
  ]);
  expect(notifications.mailbox.mailsTo(person.email)).toEqual([]);
});

test('a mail that the server refuses for now is sent with a later try', async () => {
  let refusals = 2;
  notifications.mailbox.behave({ refuseData: () => (refusals-- > 0 ? 451 : undefined) });
  const { person, mails } = await anOrderOf();
  await becomes(person, 'sent');
  expect(await mailOf(person)).toMatchObject({ tries: 2 });
  expect(mails()).toHaveLength(1);
});

test.each([
  '',
  'ada',
  'ada@example.com, eve@example.com',
  'ada@example.com\r\nRCPT TO:<eve@example.com>',
  '<ada@example.com>',
])('the malformed address %j is recorded as refused', async (email) => {
  const person = await notifications.aPerson({ email });
  await anOrderOf(Promise.resolve(person));
  await becomes(person, 'refused');
  expect(notifications.mailbox.mailsTo('eve@example.com')).toEqual([]);
});

describe('a mail server that answers later than the claim of a mail lasts', () => {
  async function sendSlowly({ isRenewed }: { isRenewed: boolean }): Promise<number> {
    notifications.mailbox.behave({ delayMs: 5_000 });
    const other = await startForTest(service, {
      ...notifications.env,
      ...mailEnv(notifications.mailbox.url),
    });
    if (!isRenewed)
      for (const { ctx } of [notifications, other]) jest.spyOn(ctx.notices, 'renew').mockResolvedValue();
    const { person, mails } = await anOrderOf();
    await becomes(person, 'sent');
    // Stopping waits for the mails that the other process is sending.
    await other.stop();
    return mails().length;
  }

  test('gets the mail once, because the claim is renewed', async () => {
    expect(await sendSlowly({ isRenewed: true })).toBe(1);
  });

  test('control: gets it twice, if the claim is not renewed', async () => {
    expect(await sendSlowly({ isRenewed: false })).toBeGreaterThan(1);
  });
});

test('a fresh mail does not wait for a slow one', async () => {
  const person = await notifications.aPerson();
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  notifications.mailbox.behave({ hold: (address) => (address === person.email ? released : undefined) });
  const slow = await anOrderOf(Promise.resolve(person));
  await eventually(() => expect(slow.mails().length).toBeGreaterThan(0));
  const fast = await anOrderOf();
  await becomes(fast.person, 'sent');
  expect(await mailOf(person)).toMatchObject({ status: 'due' });
  release();
  await becomes(person, 'sent');
});

test('a mail that cannot be sent for a day is given up with an alarm, and an operator sees it', async () => {
  const error = jest.spyOn(notifications.ctx.log, 'error');
  const buyer = aUser();
  await notifications.publish(eventsOfOrder({ buyer }).created);
  await eventually(async () => expect(await mailOf(buyer)).toMatchObject({ status: 'due' }));
  const age = async (hours: number) =>
    notifications.ctx.notices.model.collection.updateOne(
      { userId: buyer.id, channel: 'mail' },
      { $set: { at: new Date(Date.now() - hours * 3_600_000), nextTryAt: new Date(0) } },
    );
  await age(1);
  const what = `mail order-placed to ${buyer.id}`;
  const stuck = async () =>
    (await notifications.operate('stuck')).lines
      .map((line) => JSON.parse(line))
      .filter((one) => one.what === what);
  expect(await stuck()).toMatchObject([{ problem: expect.stringContaining('not sent') }]);
  await age(25);
  await becomes(buyer, 'dead');
  expect(error.mock.calls).toContainEqual([
    expect.objectContaining({ alarm: true }),
    'mail not sent within 24 hours: given up',
  ]);
  expect(await stuck()).toMatchObject([{ problem: expect.stringContaining('given up') }]);
  const { text } = await notifications.request.get('/metrics').expect(200);
  expect(text).toContain('ticketing_mails_total{kind="order-placed",outcome="dead"} 1');
});

test('an event of yesterday is in the feed and makes no mail', async () => {
  const person = await notifications.aPerson();
  const { created } = eventsOfOrder({ buyer: person });
  await notifications.publishRaw({
    ...{
      specversion: '1.0',
      id: `x/${person.id}`,
      source: 'orders',
      type: created.type,
      subject: created.subject,
    },
    ...{ time: new Date(Date.now() - 25 * 3_600_000).toISOString(), datacontenttype: 'application/json' },
    data: created.data,
  });
  await eventually(async () =>
    expect(await notifications.ctx.notices.findFeed(person.id, 9)).toHaveLength(1),
  );
  expect(await mailOf(person)).toBeUndefined();
});

test('the due mails are found by their index', async () => {
  const explained = (await notifications.ctx.notices.model.collection
    .find({ status: 'due', nextTryAt: { $lte: new Date() } } as never)
    .sort({ nextTryAt: 1 })
    .explain('queryPlanner')) as { queryPlanner: { winningPlan: object } };
  expect(JSON.stringify(explained.queryPlanner.winningPlan)).toContain('"indexName":"due"');
});
