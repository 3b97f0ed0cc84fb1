import {
  LinkRequested,
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  PaymentPartlyRefunded,
  PaymentRefunded,
  UserCreated,
  UserDeleted,
  UserUpdated,
  type DomainEvent,
  type LinkPurpose,
} from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestUser } from '@ticketing/common/testing';
import { service } from '../service.js';
import type { NotificationsContext } from '../store.js';
import { openMailbox } from './mailbox.js';

export const linkKey = 'k'.repeat(32);

type Env = Readonly<Record<string, string | undefined>>;

/** The variables of notifications, for a mail server at `smtpUrl`. */
export const mailEnv = (smtpUrl: string) => ({
  SMTP_URL: smtpUrl,
  MAIL_FROM: 'Tickets <tickets@example.com>',
  PUBLIC_URL: 'https://tickets.example.com',
  ACCOUNT_LINK_KEY: linkKey,
  MAIL_SWEEP_MS: '50',
  SMTP_PAUSE_MAX_MS: '200',
});

/** Starts notifications on real servers, with a mail server of its own. */
export async function startNotifications(env: Env = {}, overrides: Parameters<typeof startForTest>[2] = {}) {
  const mailbox = await openMailbox();
  const running = await startForTest(service, { ...mailEnv(mailbox.url), ...env }, overrides);
  return {
    ...running,
    mailbox,
    ...clientOf(running.publish, running.ctx),
    async stop() {
      await running.stop();
      await mailbox.close();
    },
  };
}

export type Notifications = Awaited<ReturnType<typeof startNotifications>>;
type Publish = (event: DomainEvent, options?: { repeat?: boolean }) => Promise<void>;

const title = { title: 'Final', currency: 'usd' as const, version: 0 };

/** The events of an order of two tickets. */
export function eventsOfOrder(
  more: Partial<{ id: string; buyer: TestUser; seller: TestUser; title: string; price: string }> = {},
) {
  const { id = newId(), buyer = aUser(), seller = aUser(), price = '39.98' } = more;
  const ticketId = newId();
  const name = more.title ?? title.title;
  const each = (Number(price) / 2).toFixed(2);
  const items = [{ ticketId, title: name, price: each, version: 0, places: [3, 4] }];
  const head = { id, userId: buyer.id, expiresAt: new Date(Date.now() + 900_000).toISOString(), items };
  const payment = { id, orderId: id, version: 4, stripeId: 'pi_1', amount: price, currency: 'usd' as const };
  const ticket = { ...title, id: ticketId, title: name, price, sellerId: seller.id };
  return {
    ...{ id, buyer, seller, ticketId },
    created: OrderCreated({ ...head, version: 0, status: 'created', ticket }),
    completed: OrderCompleted({ ...head, version: 1, status: 'complete', ticket: { id: ticketId } }),
    cancelled: (reason: 'buyer' | 'expired') =>
      OrderCancelled({ ...head, version: 1, status: 'cancelled', reason, ticket: { id: ticketId } }),
    refunds: (refunds: Parameters<typeof PaymentPartlyRefunded>[0]['refunds'], version = 4) =>
      PaymentPartlyRefunded({ ...payment, version, refunded: '1.00', refunds }),
    wholeRefund: (reason: string, refunds?: Parameters<typeof PaymentRefunded>[0]['refunds']) =>
      PaymentRefunded({ ...payment, version: 9, reason, ...(refunds && { refunds }) }),
  };
}

export const profileOf = ({ id, email }: TestUser, more: object = {}) => ({
  ...{ id, version: 0, email, emailVerified: false },
  ...more,
});

/** The questions of tests to a running service. */
export function clientOf(publish: Publish, ctx: NotificationsContext) {
  return {
    /** A user whose profile has arrived. */
    async aPerson(more: object = {}): Promise<TestUser> {
      const user = aUser();
      await publish(UserCreated(profileOf(user, more)));
      await eventually(async () => expect(await ctx.people.find(user.id)).toBeDefined());
      return user;
    },
    link: (user: TestUser, purpose: LinkPurpose, more: object = {}) => {
      const id = newId();
      const expiresAt = new Date(Date.now() + 1_800_000).toISOString();
      const link = { id, purpose, email: user.email, expiresAt, ...more };
      return { id, event: LinkRequested({ id: user.id, version: 3, link }) };
    },
    updated: (user: TestUser, version: number, more: object = {}) =>
      publish(UserUpdated({ ...profileOf(user), version, ...more })),
    deleted: (user: TestUser) => publish(UserDeleted({ id: user.id, version: 7, sessions: [] })),
  };
}
