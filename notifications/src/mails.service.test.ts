// The headers and the link of a mail.

import { toEnvelope } from '@ticketing/common/events';
import { readLinkToken } from '@ticketing/common/http';
import { jobCause } from '@ticketing/common/observability';
import { aUser, eventually } from '@ticketing/common/testing';
import { eventsOfOrder, linkKey, startNotifications, type Notifications } from './testing/start.js';

let notifications: Notifications;
beforeAll(async () => {
  notifications = await startNotifications();
});
afterAll(() => notifications.stop());

async function mailTo(address: string) {
  return eventually(() => {
    const [mail] = notifications.mailbox.mailsTo(address);
    if (!mail) throw new Error('no mail yet');
    return mail;
  });
}

describe('a link in a mail', () => {
  test('is signed for its purpose, goes to the address that it proves, and is stored nowhere', async () => {
    const user = await notifications.aPerson();
    const { id, event } = notifications.link(user, 'confirm-new-email', {
      email: `new-${user.email}`,
      newEmail: `new-${user.email}`,
    });
    await notifications.publish(event);
    const { text } = await mailTo(`new-${user.email}`);
    const [, token = ''] =
      /https:\/\/tickets\.example\.com\/api\/users\/link#confirm-new-email\.(\S+)/.exec(text) ?? [];
    expect(readLinkToken(linkKey, 'confirm-new-email', token)).toBe(id);
    const stored = await notifications.ctx.notices.findMailsOf(user.id, 9);
    expect(stored).toHaveLength(1);
    expect(JSON.stringify(stored)).not.toContain(token.split('.')[1]);
  });

  test('that has expired is not sent', async () => {
    const user = await notifications.aPerson();
    const expiresAt = new Date(Date.now() - 1_000).toISOString();
    await notifications.publish(notifications.link(user, 'reset-password', { expiresAt }).event);
    await eventually(async () =>
      expect(await notifications.ctx.notices.findMailsOf(user.id, 9)).toMatchObject([{ status: 'outdated' }]),
    );
    expect(notifications.mailbox.mailsTo(user.email)).toEqual([]);
  });

  test('is not in the feed', async () => {
    const user = await notifications.aPerson();
    await notifications.publish(notifications.link(user, 'verify-email').event);
    await mailTo(user.email);
    expect(await notifications.ctx.notices.findFeed(user.id, 9)).toEqual([]);
  });
});

describe('the headers of a mail', () => {
  const evil = 'Final\r\nBcc: eve@example.com\r\n\r\n<script>';

  test('hold nothing that a name or a title brings in', async () => {
    const buyer = await notifications.aPerson({ name: evil });
    const seller = await notifications.aPerson({ name: '"x" <eve@example.com>,' });
    const order = eventsOfOrder({ buyer, seller, title: evil });
    await notifications.publish(order.created);
    await notifications.publish(order.completed);
    const names = [
      ...['from', 'to', 'subject', 'message-id', 'date', 'mime-version', 'content-type'],
      ...['auto-submitted', 'list-unsubscribe', 'list-unsubscribe-post'],
    ];
    for (const { headers, to } of [await mailTo(buyer.email), await mailTo(seller.email)]) {
      expect([...headers.keys()].filter((name) => !names.includes(name))).toEqual([]);
      expect([buyer.email, seller.email]).toContain(to);
    }
    expect(notifications.mailbox.mailsTo('eve@example.com')).toEqual([]);
  });

  test('let people turn off what they can do without, and nothing else', async () => {
    const [buyer, seller] = [await notifications.aPerson(), await notifications.aPerson()];
    const order = eventsOfOrder({ buyer, seller });
    await notifications.publish(order.created);
    await notifications.publish(order.completed);
    const [toBuyer, toSeller] = [await mailTo(buyer.email), await mailTo(seller.email)];
    expect(toSeller.headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
    expect(toSeller.headers.get('list-unsubscribe')).toMatch(
      /^<https:\/\/tickets\.example\.com\/api\/notifications\/unsubscribe\/\S+>$/,
    );
    expect(toBuyer.headers.get('list-unsubscribe')).toBeUndefined();
    expect(toBuyer.headers.get('message-id')).toMatch(/^<[\w-]{43}@tickets\.example\.com>$/);
    expect(toBuyer.headers.get('from')).toBe('Tickets <tickets@example.com>');
  });
});

describe('a deleted user', () => {
  const countsOf = async (id: string) => {
    const { notices, people } = notifications.ctx;
    const stored = await notices.model.collection.countDocuments({ userId: id });
    return { stored, person: await people.find(id) };
  };

  test('leaves no profile, preferences or notices', async () => {
    const user = await notifications.aPerson({ name: 'Ada' });
    await notifications.publish(eventsOfOrder({ buyer: user }).created);
    await mailTo(user.email);
    await notifications.deleted(user);
    await eventually(async () => {
      const { stored, person } = await countsOf(user.id);
      expect([stored, Object.keys(person ?? {}).sort()]).toEqual([0, ['deletedAt', 'id', 'version']]);
    });
  });

  test('does not come back by an event that arrives late', async () => {
    const user = aUser();
    await notifications.deleted(user);
    await eventually(async () => expect((await countsOf(user.id)).person?.deletedAt).toBeDefined());
    await notifications.updated(user, 9, { name: 'Ada' });
    const order = eventsOfOrder({ buyer: user });
    await notifications.publish(order.created);
    await notifications.publish(notifications.link(user, 'verify-email').event);
    await eventually(async () => expect(await notifications.ctx.orders.find(order.id)).toBeDefined());
    await eventually(async () => {
      const { stored, person } = await countsOf(user.id);
      expect([stored, person?.email]).toEqual([0, undefined]);
    });
    expect(notifications.mailbox.mailsTo(user.email)).toEqual([]);
  });

  test('does not come back by a notice that is stored while the deletion runs', async () => {
    const { ctx } = notifications;
    const user = await notifications.aPerson();
    const add = jest.spyOn(ctx.notices, 'add');
    // The handler has decided; the deletion comes in between.
    add.mockImplementationOnce(async (found) => {
      await notifications.deleted(user);
      await eventually(async () => expect((await ctx.people.find(user.id))?.deletedAt).toBeDefined());
      add.mockRestore();
      return ctx.notices.add(found);
    });
    // An old event makes no mail, whose sending would remove the notices of a deleted person, too.
    const { id, created } = eventsOfOrder({ buyer: user });
    const time = new Date(Date.now() - 25 * 3_600_000);
    await notifications.publishRaw(toEnvelope(created, jobCause('test'), time));
    await eventually(async () => expect(await ctx.orders.find(id)).toBeDefined());
    expect((await countsOf(user.id)).stored).toBe(0);
  });
});
