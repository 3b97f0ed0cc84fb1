// Failed sign-ins by key, shared by all processes. One update both counts a failure and decides whether it was allowed, so
// that simultaneous tries are counted one after the other.

import { createHash } from 'node:crypto';
import type { Database } from '@ticketing/common/documents';
import type { Base } from '@ticketing/common/service';
import { Schema } from 'mongoose';
import type { Config } from './config.js';
import { delaySeconds, secondsToWait, type Rule } from './domain/sign-in-limit.js';

type Failure = Readonly<{ of: string; at: Date; times: number }>;
type Stored = Readonly<{ _id: string; failures: readonly Failure[]; allowedAt: Date; forgetAt: Date }>;

/** A failure that `add` has counted. */
export type Counted = Readonly<{ key: string; of: string; rule: Rule; at: Date; before: Date | undefined }>;

/** Keys are stored as hashes, because they name accounts and addresses. */
export const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');

const schema = new Schema(
  { _id: String, failures: [Object], allowedAt: Date, forgetAt: Date },
  { versionKey: false },
);
// The TTL index only saves space: every update compares the times itself.
schema.index({ forgetAt: 1 }, { expireAfterSeconds: 0 });

export type Failures = ReturnType<typeof openFailures>;

export function openFailures(database: Database, { now }: Base<Config>) {
  const model = database.connection.model<Stored>('failure', schema, 'signInFailures');

  /** Replaces the failures of a key in one update pipeline. Returns the document from before. */
  async function update(
    key: string,
    of: string,
    rule: Rule,
    next: object | string,
    at: Date,
  ): Promise<Stored | null> {
    const since = new Date(at.getTime() - rule.rememberedSeconds * 1_000);
    const filter = (input: unknown, cond: object) => ({ $filter: { input, cond } });
    const remembered = filter('$failures', { $gt: ['$$this.at', since] });
    const steps = [
      { $set: { remembered: { $cond: [{ $isArray: '$failures' }, remembered, []] } } },
      { $set: { others: filter('$remembered', { $ne: ['$$this.of', of] }) } },
      { $set: { own: { $first: filter('$remembered', { $eq: ['$$this.of', of] }) } } },
      { $set: { failures: next } },
      { $set: timesAfter(rule, at) },
      { $unset: ['remembered', 'others', 'own'] },
    ];
    const projection = { allowedAt: 1, failures: { $elemMatch: { of } } };
    try {
      const options = { upsert: true, projection };
      const found = model.collection.findOneAndUpdate({ _id: hashOf(key) } as never, steps, options);
      return (await found) as Stored | null;
    } catch (error) {
      // Another process has inserted the key's first document: the retry finds it.
      if ((error as { code?: unknown }).code === duplicateKey) return update(key, of, rule, next, at);
      throw error;
    }
  }

  return {
    model,

    /** Counts a failure of the account `of` under `key`, unless the next try must wait for `wait` seconds. */
    async add(key: string, of: string, rule: Rule): Promise<Counted & Readonly<{ wait: number }>> {
      const at = now();
      const isOpen = { $lte: [{ $ifNull: ['$allowedAt', at] }, at] };
      const times = { $add: [{ $ifNull: ['$own.times', 0] }, 1] };
      const most = rule.free + rule.delaysSeconds.length;
      const withThis = { $slice: [{ $concatArrays: ['$others', [{ of, at, times }]] }, -most] };
      const was = await update(key, of, rule, { $cond: [isOpen, withThis, '$failures'] }, at);
      const wait = secondsToWait(was?.allowedAt, at);
      return { key, of, rule, at, before: was?.failures?.[0]?.at, wait };
    },

    /** Reverts what `add` has counted. */
    async undo({ key, of, rule, at, before }: Counted): Promise<void> {
      const lastAt = { $cond: [{ $eq: ['$own.at', at] }, before ?? '$own.at', '$own.at'] };
      const oneLess = [{ of, at: lastAt, times: { $subtract: ['$own.times', 1] } }];
      const rest = { $cond: [{ $gt: ['$own.times', 1] }, oneLess, []] };
      await update(key, of, rule, { $concatArrays: ['$others', rest] }, now());
    },

    /** Removes all failures of the account `of` under `key`. */
    async forget({ key, of, rule }: Counted): Promise<void> {
      await update(key, of, rule, '$others', now());
    },
  };
}

const duplicateKey = 11_000;

/** When the next try is allowed, and when the failures expire. */
function timesAfter(rule: Rule, at: Date) {
  const lastAt = { $ifNull: [{ $max: '$failures.at' }, at] };
  const count = rule.each === 'failure' ? { $sum: '$failures.times' } : { $size: '$failures' };
  // The rule's delays from the last free failure on; the server selects one of them.
  const delaysMs = [0, ...rule.delaysSeconds].map(
    (_, index) => delaySeconds(rule.free - 1 + index, rule) * 1_000,
  );
  const beyond = { $max: [0, { $subtract: [count, rule.free - 1] }] };
  const delayMs = { $arrayElemAt: [delaysMs, { $min: [beyond, delaysMs.length - 1] }] };
  return {
    // Without a delay the time is in the past: a try that began a moment earlier may be counted after this one.
    allowedAt: { $cond: [{ $eq: [delayMs, 0] }, new Date(0), { $add: [lastAt, delayMs] }] },
    forgetAt: { $add: [lastAt, rule.rememberedSeconds * 1_000] },
  };
}
