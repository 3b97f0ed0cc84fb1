// Failures by key, shared by all processes. One update both counts a failure and decides whether it was allowed, so
// simultaneous attempts are counted one after the other.

import { createHash } from 'node:crypto';
import { Schema, type Model } from 'mongoose';
import { delaySeconds, secondsToWait, type FailureRule } from '../failure-rule.js';
import { batch } from './batch.js';
import type { Database } from './database.js';

type Stored = Readonly<{
  _id: string;
  failures: readonly Readonly<{ of: string; at: Date; times: number }>[];
  allowedAt: Date;
  forgetAt: Date;
}>;

/** The failures of one subject, such as an account, under one key, such as a network. */
type Subject = Readonly<{ key: string; of: string; rule: FailureRule }>;

/** A failure that `add` has counted. */
export type Counted = Subject & Readonly<{ at: Date; before: Date | undefined }>;

type Standing = Readonly<{
  /** Has no subject failed? */
  isClean: boolean;
  /** Are there so many failures that the next attempt may have to wait? */
  isLimited: boolean;
  /** Has the subject failed? */
  hasFailed: boolean;
}>;

/** Keys are stored as hashes, because they name accounts and addresses. */
export const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');

const schema = new Schema(
  { _id: String, failures: [Object], allowedAt: Date, forgetAt: Date },
  { versionKey: false },
);
// The TTL index only saves space: every update compares the times itself.
schema.index({ forgetAt: 1 }, { expireAfterSeconds: 0 });

export type Failures = ReturnType<typeof openFailures>;

type Options = Readonly<{ collection: string; now: () => Date }>;

/** Opens the failures in a collection of the database. The rule of a key must always be the same. */
export function openFailures(database: Database, { collection, now }: Options) {
  const model = database.connection.model<Stored>(collection, schema, collection);
  const find = batch((keys: readonly string[]) => findMany(model, keys));

  return {
    model,

    /** Counts a failure of the subject `of` under `key`. While attempts must wait, it counts none and `wait` > 0. */
    async add({ key, of, rule }: Subject): Promise<Counted & Readonly<{ wait: number }>> {
      const at = now();
      const isAllowed = { $lte: [{ $ifNull: ['$allowedAt', at] }, at] };
      const times = { $add: [{ $ifNull: ['$own.times', 0] }, 1] };
      const most = rule.free + rule.delaysSeconds.length;
      const withThis = { $slice: [{ $concatArrays: ['$others', [{ of, at, times }]] }, -most] };
      const failures = { $cond: [isAllowed, withThis, '$failures'] };
      const previous = await replace(model, { key, of, rule, failures, at });
      const wait = secondsToWait(previous?.allowedAt, at);
      return { key, of, rule, at, before: previous?.failures?.[0]?.at, wait };
    },

    /** The present failures under `key`. Nothing is counted. */
    async read({ key, of, rule }: Subject): Promise<Standing> {
      const since = rememberedSince(rule, now());
      const failures = ((await find(key))?.failures ?? []).filter(({ at }) => at > since);
      const count = failures.reduce((sum, { times }) => sum + (rule.each === 'failure' ? times : 1), 0);
      const hasFailed = failures.some((failure) => failure.of === of);
      return { isClean: count === 0, isLimited: count >= rule.free, hasFailed };
    },

    /** Reverts what `add` has counted, if it is still stored. Without `at`, the time of the last failure stays. */
    async undo({ key, of, rule, at, before }: Subject & Partial<Counted>): Promise<void> {
      const lastAt = { $cond: [{ $eq: ['$own.at', at ?? null] }, before ?? '$own.at', '$own.at'] };
      const oneLess = [{ of, at: lastAt, times: { $subtract: ['$own.times', 1] } }];
      const rest = { $cond: [{ $gt: ['$own.times', 1] }, oneLess, []] };
      await replace(model, { key, of, rule, failures: { $concatArrays: ['$others', rest] }, at: now() });
    },

    /** Removes all failures of the subject `of` under `key`. */
    async forget({ key, of, rule }: Subject): Promise<void> {
      await replace(model, { key, of, rule, failures: '$others', at: now() });
    },
  };
}

type Replacement = Pick<Counted, keyof Subject | 'at'> &
  /** An expression for the new failures. It may use `$own` and `$others`, those of `of` and of other subjects. */
  Readonly<{ failures: object | string }>;

const duplicateKey = 11_000;

/** Replaces the failures of a key in one update pipeline. Returns the document before the update. */
async function replace(model: Model<Stored>, replacement: Replacement): Promise<Stored | null> {
  const { key, of, rule, failures, at } = replacement;
  const since = rememberedSince(rule, at);
  const filter = (input: unknown, cond: object) => ({ $filter: { input, cond } });
  const remembered = filter('$failures', { $gt: ['$$this.at', since] });
  const steps = [
    { $set: { remembered: { $cond: [{ $isArray: '$failures' }, remembered, []] } } },
    { $set: { others: filter('$remembered', { $ne: ['$$this.of', of] }) } },
    { $set: { own: { $first: filter('$remembered', { $eq: ['$$this.of', of] }) } } },
    { $set: { failures } },
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
    if ((error as { code?: unknown }).code === duplicateKey) return replace(model, replacement);
    throw error;
  }
}

async function findMany(model: Model<Stored>, keys: readonly string[]): Promise<(Stored | undefined)[]> {
  const ids = keys.map(hashOf);
  const found = await model.collection.find<Stored>({ _id: { $in: ids as never[] } }).toArray();
  const byId = new Map(found.map((stored) => [stored._id, stored]));
  return ids.map((id) => byId.get(id));
}

const rememberedSince = ({ rememberedSeconds }: FailureRule, at: Date) =>
  new Date(at.getTime() - rememberedSeconds * 1_000);

/** When the next attempt is allowed, and when the failures expire. */
function timesAfter(rule: FailureRule, at: Date) {
  const lastAt = { $ifNull: [{ $max: '$failures.at' }, at] };
  const count = rule.each === 'failure' ? { $sum: '$failures.times' } : { $size: '$failures' };
  // The rule's delays from the last free failure on; the server selects one of them.
  const delaysMs = [0, ...rule.delaysSeconds].map(
    (_, index) => delaySeconds(rule.free - 1 + index, rule) * 1_000,
  );
  const beyond = { $max: [0, { $subtract: [count, rule.free - 1] }] };
  const delayMs = { $arrayElemAt: [delaysMs, { $min: [beyond, delaysMs.length - 1] }] };
  return {
    // Without a delay the time is in the past: an attempt that began a moment earlier may be counted after this one.
    allowedAt: { $cond: [{ $eq: [delayMs, 0] }, new Date(0), { $add: [lastAt, delayMs] }] },
    forgetAt: { $add: [lastAt, rule.rememberedSeconds * 1_000] },
  };
}
