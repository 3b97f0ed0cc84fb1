// Failures by key, shared by all processes: each is counted by one update, which also decides whether it may be. So
// whoever comes at the same time is counted one after the other.

import { createHash } from 'node:crypto';
import type { Database, Platform } from '@ticketing/common';
import { Schema } from 'mongoose';
import type { Config } from './config.js';
import { delaySeconds, secondsToWait, type Rule } from './domain/sign-in-limit.js';

type Failure = Readonly<{ of: string; at: Date }>;
type Stored = Readonly<{ _id: string; failures: readonly Failure[]; allowedAt: Date; forgetAt: Date }>;

/** What says whose a key is stays here: it is stored as a hash. */
export const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');

const schema = new Schema(
  { _id: String, failures: [Object], allowedAt: Date, forgetAt: Date },
  { versionKey: false },
);
// MongoDB clears up once a minute. That is for tidiness only: every update looks at the times itself.
schema.index({ forgetAt: 1 }, { expireAfterSeconds: 0 });

export type Failures = ReturnType<typeof openFailures>;

export function openFailures(database: Database, { now }: Platform<Config>) {
  const model = database.connection.model<Stored>('failure', schema, 'signInFailures');

  /** One update, in steps of the server: from the failures that are remembered to the next ones. Returns what was before. */
  async function update(key: string, rule: Rule, next: object, at: Date): Promise<Stored | null> {
    const since = new Date(at.getTime() - rule.rememberedSeconds * 1_000);
    const remembered = { $filter: { input: '$failures', cond: { $gt: ['$$this.at', since] } } };
    const steps = [
      { $set: { remembered: { $cond: [{ $isArray: '$failures' }, remembered, []] } } },
      { $set: { failures: next } },
      { $set: timesAfter(rule, at) },
      { $unset: 'remembered' },
    ];
    try {
      const found = model.collection.findOneAndUpdate({ _id: hashOf(key) } as never, steps, { upsert: true });
      return (await found) as Stored | null;
    } catch (error) {
      // Two at once made the first document of this key: the second now finds it.
      if ((error as { code?: unknown }).code === duplicateKey) return update(key, rule, next, at);
      throw error;
    }
  }

  return {
    model,

    /**
     * Counts a failure `of` somebody under `key` (once, however often they fail), unless the next try has to wait.
     * Returns the seconds to wait, and when they had failed before.
     */
    async add(key: string, of: string, rule: Rule): Promise<{ wait: number; before: Date | undefined }> {
      const at = now();
      const isOpen = { $lte: [{ $ifNull: ['$allowedAt', at] }, at] };
      const most = rule.free + rule.delaysSeconds.length;
      const withThis = { $slice: [{ $concatArrays: [othersThan(of), [{ of, at }]] }, -most] };
      const was = await update(key, rule, { $cond: [isOpen, withThis, '$failures'] }, at);
      const before = was?.failures.find((failure) => failure.of === of)?.at;
      return { wait: secondsToWait(was?.allowedAt, at), before };
    },

    /** Takes back what `add` has counted, so that all is as it was `before`. */
    async takeBack(key: string, of: string, rule: Rule, before?: Date): Promise<void> {
      const again = before ? [{ of, at: before }] : [];
      await update(key, rule, { $concatArrays: [othersThan(of), again] }, now());
    },

    async forget(key: string): Promise<void> {
      await model.deleteOne({ _id: hashOf(key) });
    },
  };
}

const duplicateKey = 11_000;

const othersThan = (of: string) => ({ $filter: { input: '$remembered', cond: { $ne: ['$$this.of', of] } } });

/** From when the next try may be made, and when nobody needs to know of these any more. */
function timesAfter(rule: Rule, at: Date) {
  const lastAt = { $ifNull: [{ $max: '$failures.at' }, at] };
  // The rule's delays from the last free failure on, for the server to choose from.
  const delaysMs = [0, ...rule.delaysSeconds].map(
    (_, index) => delaySeconds(rule.free - 1 + index, rule) * 1_000,
  );
  const beyond = { $max: [0, { $subtract: [{ $size: '$failures' }, rule.free - 1] }] };
  const delayMs = { $arrayElemAt: [delaysMs, { $min: [beyond, delaysMs.length - 1] }] };
  return {
    allowedAt: { $add: [lastAt, delayMs] },
    forgetAt: { $add: [lastAt, rule.rememberedSeconds * 1_000] },
  };
}
