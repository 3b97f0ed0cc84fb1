// The collection of notices: one document for each event, recipient and channel. Its `_id` is the arbiter: however often and
// by whatever process an event is handled, one insert gets through.

import { batch, results, runWrite, type Database } from '@ticketing/common/documents';
import { newId } from '@ticketing/common/id';
import { Schema, type mongo } from 'mongoose';
import type { Next, Status } from './domain/mail.js';
import { channelsOf, type Channel, type Notice, type NoticeContent } from './domain/notice.js';

type Common = NoticeContent &
  Readonly<{
    /** `<event>|<user>|<channel>` */
    _id: string;
    /** grows with time, so that the feed can be sorted and paged by it */
    number: string;
    userId: string;
    channel: Channel;
    /** when the event happened */
    at: Date;
    forgetAt: Date;
  }>;

export type StoredMail = Common &
  Readonly<{
    status: Status;
    tries: number;
    nextTryAt: Date;
    traceparent: string;
    /** of the process that sends it */
    claim?: string | undefined;
    /** what the mail server said to the last try */
    problem?: string | undefined;
    endedAt?: Date | undefined;
  }>;

export type StoredEntry = Common & Readonly<{ isUnread: boolean }>;

const schema = new Schema(
  {
    ...{ _id: String, number: String, userId: String, channel: String, kind: String, data: Object },
    ...{ at: Date, forgetAt: Date, status: String, tries: Number, nextTryAt: Date, traceparent: String },
    ...{ claim: String, problem: String, endedAt: Date, isUnread: Boolean },
  },
  { versionKey: false },
);
// The notices of a person, newest first.
schema.index({ userId: 1, channel: 1, number: -1 });
schema.index({ userId: 1 }, { name: 'unread', partialFilterExpression: { isUnread: true } });
schema.index({ nextTryAt: 1 }, { name: 'due', partialFilterExpression: { status: 'due' } });
schema.index({ endedAt: 1 }, { name: 'dead', partialFilterExpression: { status: 'dead' } });
schema.index({ forgetAt: 1 }, { expireAfterSeconds: 0 });

const name = 'notices';
const dayMs = 24 * 3_600_000;
const keptMs: Readonly<Record<Channel, number>> = { mail: 30 * dayMs, feed: 90 * dayMs };
/** More unread notices are not counted. */
export const maxUnread = 100;
const maxCounted = 10_000;

export type Notices = ReturnType<typeof openNotices>;
/** The claim with which a process stores the mails that it sends at once. */
export type MailClaim = Readonly<{ claim: string; nextTryAt: Date }>;
export type NewNotice = Notice & Readonly<{ at: Date; traceparent: string; channels?: readonly Channel[] }>;

export function openNotices(database: Database, now: () => Date) {
  const model = database.connection.model<StoredMail>('notice', schema, name);
  const native = <T extends Common = StoredMail>() => model.collection as unknown as mongo.Collection<T>;
  const insertOne = batch<object, boolean>(async (documents) => {
    const { writeErrors } = await runWrite(database, { insert: name, documents });
    return results(documents.length, writeErrors);
  });

  return {
    model,

    /** Stores the notices that are not stored yet. Returns the mails among them that the caller has claimed. */
    async add(notices: readonly NewNotice[], claim?: MailClaim): Promise<readonly StoredMail[]> {
      const documents = notices.flatMap((notice) => toDocuments(notice, now(), claim));
      const inserted = await Promise.all(documents.map((document) => insertOne(document)));
      const isOwn = (document: StoredMail | StoredEntry, index: number): document is StoredMail =>
        claim !== undefined && inserted[index] === true && document.channel === 'mail';
      return documents.filter(isOwn);
    },

    async removeOf(userId: string): Promise<void> {
      await runWrite(database, { delete: name, deletes: [{ q: { userId }, limit: 0 }] });
    },

    ...openMails(database, native, now),
    ...openMailQueries(native),
    ...openFeed(database, native),
  };
}

function toDocuments(
  { event, channels, traceparent, ...notice }: NewNotice,
  now: Date,
  claim: MailClaim | undefined,
): (StoredMail | StoredEntry)[] {
  const { userId, kind, data, at } = notice;
  const mail = { status: 'due', tries: 0, nextTryAt: now, traceparent, ...claim };
  return (channels ?? channelsOf(kind)).map((channel) => ({
    ...{ _id: `${event}|${userId}|${channel}`, number: newId(now), userId, channel, kind, data, at },
    forgetAt: new Date(now.getTime() + keptMs[channel]),
    ...(channel === 'feed' ? { isUnread: true } : mail),
  })) as (StoredMail | StoredEntry)[];
}

type Native = <T extends Common = StoredMail>() => mongo.Collection<T>;

function openMails(database: Database, native: Native, now: () => Date) {
  const update = async (q: object, $set: object) => {
    await runWrite(database, { update: name, updates: [{ q, u: { $set }, multi: true }] });
  };
  const inMs = (milliseconds: number) => new Date(now().getTime() + milliseconds);
  const settleOne = batch<{ q: object; $set: object }, void>(async (settled) => {
    const updates = settled.map(({ q, $set }) => ({ q, u: { $set, $unset: { claim: '' } } }));
    const { writeErrors } = await runWrite(database, { update: name, updates });
    return results(settled.length, writeErrors).map((result) =>
      result === true ? undefined : (result as Error),
    );
  });

  return {
    /** Takes up to `limit` mails that are due. No other process gets them during the lease. */
    async claim(limit: number, leaseMs: number): Promise<StoredMail[]> {
      const isDue = { status: 'due', nextTryAt: { $lte: now() } } as const;
      const due = native()
        .find(isDue, { projection: { _id: 1 } })
        .sort({ nextTryAt: 1 })
        .limit(limit);
      const ids = (await due.toArray()).map(({ _id }) => _id);
      if (ids.length === 0) return [];
      const claim = newId();
      await update({ _id: { $in: ids }, ...isDue }, { claim, nextTryAt: inMs(leaseMs) });
      return native()
        .find({ _id: { $in: ids }, claim })
        .toArray();
    },

    /** Prolongs the lease of claimed mails. */
    renew: (mails: readonly StoredMail[], leaseMs: number): Promise<void> =>
      update(
        {
          _id: { $in: mails.map(({ _id }) => _id) },
          claim: { $in: [...new Set(mails.map(({ claim }) => claim))] },
        },
        { nextTryAt: inMs(leaseMs) },
      ),

    /** Stores what became of a mail. That it was sent is stored even if the lease is over. */
    settle({ _id, claim }: StoredMail, next: Next): Promise<void> {
      const q = next.status === 'sent' ? { _id } : { _id, claim };
      return settleOne({ q, $set: { ...next, ...(next.status !== 'due' && { endedAt: now() }) } });
    },
  };
}

/** The queries of operators about mails. */
function openMailQueries(native: Native) {
  return {
    /** The number of mails that are due, counted up to 10,000, and the time of the earliest event among them. */
    async depth(): Promise<{ count: number; oldest: Date | undefined }> {
      const due = { status: 'due', nextTryAt: { $gt: new Date(0) } } as const;
      const [found] = await native()
        .aggregate<{ count: number; oldest: Date }>([
          ...[{ $match: due }, { $limit: maxCounted }],
          { $group: { _id: null, count: { $sum: 1 }, oldest: { $min: '$at' } } },
        ])
        .toArray();
      return { count: found?.count ?? 0, oldest: found?.oldest };
    },

    /** Mails about events before `time` that are still due, and mails that have died since `since`. */
    async *findStuck(time: Date, since: Date): AsyncGenerator<StoredMail> {
      const due = { status: 'due', nextTryAt: { $gt: new Date(0) }, at: { $lt: time } } as const;
      yield* native().find(due).sort({ nextTryAt: 1 }).limit(1_000);
      yield* native()
        .find({ status: 'dead', endedAt: { $gt: since } })
        .limit(1_000);
    },

    /** A person's mails, newest first. */
    findMailsOf: (userId: string, limit: number): Promise<StoredMail[]> =>
      native().find({ userId, channel: 'mail' }).sort({ number: -1 }).limit(limit).toArray(),
  };
}

function openFeed(database: Database, native: Native) {
  const feed = () => native<StoredEntry>();
  return {
    /** A page of a person's feed, newest first. */
    findFeed(userId: string, limit: number, before?: string): Promise<StoredEntry[]> {
      const below = before !== undefined && { number: { $lt: before } };
      return feed()
        .find({ userId, channel: 'feed', ...below } as object)
        .sort({ number: -1 })
        .limit(limit)
        .toArray() as Promise<StoredEntry[]>;
    },

    /** Counts up to 100. */
    countUnread: (userId: string): Promise<number> =>
      feed().countDocuments({ userId, isUnread: true } as object, { limit: maxUnread }),

    /** Marks entries of a person's feed as read: those with these numbers, or all up to one. */
    async markRead(
      userId: string,
      read: Readonly<{ ids: readonly string[] } | { upTo: string }>,
    ): Promise<void> {
      const number = 'ids' in read ? { $in: [...read.ids] } : { $lte: read.upTo };
      const q = { userId, isUnread: true, number };
      const updates = [{ q, u: { $set: { isUnread: false } }, multi: true }];
      await runWrite(database, { update: name, updates });
    },
  };
}
