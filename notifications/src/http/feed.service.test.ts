import { aUser, eventually, type TestUser } from '@ticketing/common/testing';
import { eventsOfOrder, startNotifications, type Notifications } from '../testing/start.js';
import { unsubscribeToken } from '../unsubscribe-token.js';

let notifications: Notifications;
beforeAll(async () => {
  notifications = await startNotifications();
});
afterAll(() => notifications.stop());

const ask = (method: 'get' | 'post' | 'put', path: string, user: TestUser) =>
  notifications.request[method](`/api/notifications${path}`).set('Cookie', user.cookie);
const list = async (user: TestUser, query = '') => (await ask('get', query, user).expect(200)).body;

/** A person with a feed of this many entries. */
async function aReader(entries: number): Promise<TestUser> {
  const buyer = await notifications.aPerson({ locale: 'de' });
  for (let index = 0; index < entries; index += 1) {
    await notifications.publish(eventsOfOrder({ buyer, title: `Final ${index}` }).created);
    await eventually(async () => expect((await list(buyer)).notifications).toHaveLength(index + 1));
  }
  return buyer;
}

describe('GET /api/notifications', () => {
  test('lists the newest first, page by page, with the number of unread ones', async () => {
    const user = await aReader(3);
    const { body, headers } = await ask('get', '?limit=2', user).expect(200);
    expect(body).toMatchObject({ unread: 3, notifications: [{ isRead: false, kind: 'order-placed' }, {}] });
    const [, next = ''] = /<\/api\/notifications([^>]+)>; rel="next"/.exec(String(headers['link'])) ?? [];
    const rest = await list(user, next);
    expect(rest.notifications).toHaveLength(1);
    const ids = [...body.notifications, ...rest.notifications].map(({ id }: { id: string }) => id);
    expect(ids).toEqual([...ids].sort().reverse());
  });

  test('says each thing in one sentence of the user’s language, and names the order', async () => {
    const user = await aReader(1);
    const [entry] = (await list(user)).notifications;
    expect(entry.summary).toMatch(/für dich reserviert/);
    expect(entry.orderId).toMatch(/^[0-9a-f]{24}$/);
  });

  test('shows others nothing', async () => {
    await aReader(1);
    expect(await list(aUser())).toEqual({ unread: 0, notifications: [] });
    await notifications.request.get('/api/notifications').expect(401);
  });
});

describe('POST /api/notifications/read', () => {
  test('marks single ones, and all up to one', async () => {
    const user = await aReader(3);
    const [newest, middle, oldest] = (await list(user)).notifications as { id: string }[];
    const read = async (body: object, by = user) =>
      (await ask('post', '/read', by).send(body).expect(200)).body;
    expect(await read({ ids: [newest?.id] })).toEqual({ unread: 2 });
    expect(await read({ ids: [newest?.id] })).toEqual({ unread: 2 });
    expect(await read({ ids: [middle?.id] }, aUser())).toEqual({ unread: 0 });
    expect((await list(user)).unread).toBe(2);
    expect(await read({ upTo: middle?.id })).toEqual({ unread: 0 });
    expect((await list(user)).notifications.find(({ id }: { id: string }) => id === oldest?.id).isRead).toBe(
      true,
    );
  });

  test.each([
    {},
    { ids: [] },
    { ids: ['x'] },
    { ids: ['a'.repeat(24)], upTo: 'a'.repeat(24) },
    { all: true },
  ])('refuses %j', async (body) => {
    await ask('post', '/read', aUser()).send(body).expect(400);
  });
});

describe('the preferences', () => {
  const all = { mails: { 'order-expired': true, 'seller-sold': true, 'seller-refunded': true } };
  const without = { mails: { ...all.mails, 'seller-sold': false } };

  test('are everything at first, and what the user has set then', async () => {
    const user = aUser();
    expect((await ask('get', '/preferences', user).expect(200)).body).toEqual(all);
    expect((await ask('put', '/preferences', user).send(without).expect(200)).body).toEqual(without);
    expect((await ask('get', '/preferences', user).expect(200)).body).toEqual(without);
  });

  test('hold no mail that is about money or the account', async () => {
    const mails = { ...all.mails, 'order-paid': false };
    await ask('put', '/preferences', aUser()).send({ mails }).expect(400);
  });

  test('stop a mail and leave the feed', async () => {
    const seller = await notifications.aPerson();
    await ask('put', '/preferences', seller).send(without).expect(200);
    const order = eventsOfOrder({ seller });
    await notifications.publish(order.created);
    await notifications.publish(order.completed);
    await eventually(async () =>
      expect(await notifications.ctx.notices.findMailsOf(seller.id, 9)).toMatchObject([
        { status: 'unwanted' },
      ]),
    );
    expect((await list(seller)).notifications).toMatchObject([{ kind: 'seller-sold' }]);
    expect(notifications.mailbox.mailsTo(seller.email)).toEqual([]);
  });
});

describe('unsubscribing', () => {
  const post = (token: string) =>
    notifications.request
      .post(`/api/notifications/unsubscribe/${token}`)
      .type('form')
      .send('List-Unsubscribe=One-Click');

  test('takes one click without a session, and a repeat is harmless', async () => {
    const seller = await notifications.aPerson();
    const order = eventsOfOrder({ seller });
    await notifications.publish(order.created);
    await notifications.publish(order.completed);
    const header = await eventually(() => {
      const [mail] = notifications.mailbox.mailsTo(seller.email);
      return mail?.headers.get('list-unsubscribe') ?? expect(mail).toBeDefined();
    });
    const [, token = ''] = /unsubscribe\/([^>]+)>/.exec(String(header)) ?? [];
    for (let times = 0; times < 2; times += 1)
      expect((await post(token).expect(200)).body).toEqual({ kind: 'seller-sold' });
    const { body } = await ask('get', '/preferences', seller).expect(200);
    expect(body.mails).toEqual({ 'order-expired': true, 'seller-sold': false, 'seller-refunded': true });
  });

  test('by a link is a page whose button asks; opening it changes nothing', async () => {
    const user = aUser();
    const token = unsubscribeToken(notifications.ctx.config, user.id, 'seller-sold');
    const page = await notifications.request.get(`/api/notifications/unsubscribe/${token}`).expect(200);
    expect([page.type, page.text.includes('unsubscribe.js')]).toEqual(['text/html', true]);
    const script = await notifications.request.get('/api/notifications/unsubscribe.js').buffer().expect(200);
    expect(script.text).not.toMatch(/\b(Sie|Ihnen|Ihre?[mnrs]?)\b/);
    expect((await ask('get', '/preferences', user)).body.mails['seller-sold']).toBe(true);
  });

  test('with anything but our token has one clear answer', async () => {
    const user = aUser();
    const token = unsubscribeToken(notifications.ctx.config, user.id, 'seller-sold');
    const other = unsubscribeToken({ ACCOUNT_LINK_KEY: 'x'.repeat(32) }, user.id, 'seller-sold');
    const forged = [
      token.slice(0, -1),
      `${token}x`,
      other,
      token.replace('sold', 'refunded'),
      'x',
      'x.y',
      '.',
    ];
    const answers = await Promise.all(forged.map(async (one) => (await post(one).expect(400)).body));
    expect(new Set(answers.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(answers[0].errors[0].code).toBe('link-invalid');
  });

  test('by somebody who is deleted is answered alike', async () => {
    const user = await notifications.aPerson();
    await notifications.deleted(user);
    await eventually(async () =>
      expect((await notifications.ctx.people.find(user.id))?.deletedAt).toBeDefined(),
    );
    await post(unsubscribeToken(notifications.ctx.config, user.id, 'seller-sold')).expect(200);
    expect(await notifications.ctx.people.find(user.id)).not.toHaveProperty('unwanted');
  });
});
