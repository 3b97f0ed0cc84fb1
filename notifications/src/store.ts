// The store and the context of the use cases of notifications.

import type { Order } from './domain/order.js';
import type { Person } from './domain/person.js';
import type { NewNotice } from './notices.js';
import type { Base, Mongodb } from '@ticketing/common/service';
import { Schema } from 'mongoose';
import type { Config } from './config.js';
import { createMailQueue } from './mail-queue.js';
import { openMetrics } from './metrics.js';
import { openNotices } from './notices.js';
import { openPeople } from './people.js';
import { openSmtp, type Smtp } from './smtp/smtp.js';

export type NotificationsContext = ReturnType<typeof openContext>;

const orderSchema = new Schema({
  ...{ userId: String, sellerId: String, items: [Object], total: String, currency: String },
  ...{ expiresAt: Date, told: [String] },
});

export function openContext(platform: Base<Config> & Mongodb, smtp: Smtp = openSmtp(platform.config)) {
  const { config, log, now, newId, bus, parkedMessages, database } = platform;
  const metrics = openMetrics(platform.metrics);
  const people = openPeople(platform);
  const notices = openNotices(database, now);
  const mailQueue = createMailQueue({ ...platform, metrics, people, notices, smtp });

  return {
    ...{ config, log, now, newId, bus, parkedMessages, metrics, people, notices, mailQueue },
    orders: platform.collection<Order>({ name: 'order', schema: orderSchema }),

    /** Stores notices, unless they are stored already or their person is deleted, and sends the mails among them. */
    async notify(found: readonly NewNotice[]): Promise<void> {
      if (found.length === 0) return;
      await mailQueue.sendNew(found.length, async (claim) => {
        const mails = await notices.add(found, claim);
        const told = new Map<string, Person | undefined>();
        for (const { userId } of found) if (!told.has(userId)) told.set(userId, await people.find(userId));
        // The deletion writes its tombstone before it removes notices, so the deletion or this check removes these.
        for (const [userId, person] of told) if (person?.deletedAt) await notices.removeOf(userId);
        return mails.map((mail) => ({ mail, person: told.get(mail.userId) }));
      });
    },
  };
}
