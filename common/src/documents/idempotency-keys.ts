// What was asked under an `Idempotency-Key`, and what was answered: a claim per user and key, for a day.
//
// Problem: a client that got no answer asks again, and what it asked for must not be done twice. Guarantee: one request at a
// time works under a key, and its answer is kept for those that follow. What makes the effect single is not the claim, which
// a slow request may outlive, but `effect`: the effect's own write carries it, and the guard of that write lets it through
// once (`madeBy` in documents.ts, `attemptedBy` in payments). So a request that takes up what another one left behind, perhaps
// dead after its write, finds what was done.

import { createHash } from 'node:crypto';
import { Schema } from 'mongoose';
import type { Answer } from '../http/answers.js';
import { newId } from '../id.js';
import type { KeyedRequest } from '../observability/trace.js';
import type { Database } from './database.js';

type Stored = Readonly<{
  _id: string;
  /** of what was asked, to know another request under the same key */
  fingerprint: string;
  effect: string;
  /** when a request that has not answered until then may be taken for dead */
  claimedUntil: Date;
  expiresAt: Date;
  answer?: Answer;
}>;

type Asked = Readonly<{ userId: string; key: string; fingerprint: string }>;

export type Claim =
  | Readonly<{ outcome: 'claimed'; id: string; request: KeyedRequest }>
  | Readonly<{ outcome: 'answered'; answer: Answer }>
  | Readonly<{ outcome: 'in-flight' }>
  | Readonly<{ outcome: 'reused' }>;

export type IdempotencyKeys = ReturnType<typeof idempotencyKeysIn>;

export const keptMs = 24 * 3_600_000;
// An answer is due after REQUEST_TIMEOUT_MS; whoever is still at work after that is found by `effect`.
const claimMarginMs = 5_000;

const schema = new Schema(
  { _id: String, fingerprint: String, effect: String, claimedUntil: Date, expiresAt: Date, answer: Object },
  { versionKey: false },
);
// MongoDB clears up once a minute. That is for tidiness only: every claim looks at `expiresAt` itself.
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

type Options = Readonly<{ config: Readonly<{ REQUEST_TIMEOUT_MS: number }>; now: () => Date }>;

/** The keys, in the collection `idempotencyKeys` of the service's own database. */
export function idempotencyKeysIn(database: Database, { config, now }: Options) {
  const model = database.connection.model<Stored>('idempotency-key', schema, 'idempotencyKeys');
  const keys = () => model.collection;
  const leaseMs = config.REQUEST_TIMEOUT_MS + claimMarginMs;

  async function insert(document: Stored): Promise<boolean> {
    try {
      await keys().insertOne(document as never);
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === duplicateKey) return false;
      throw error;
    }
  }

  return {
    model,

    /** Takes the key for this request, or says what became of the one that has it. */
    async claim({ userId, key, fingerprint }: Asked): Promise<Claim> {
      const id = createHash('sha256').update(`${userId}\n${key}`).digest('base64url');
      const _id = id as never;
      for (;;) {
        const at = now();
        const claimedUntil = new Date(at.getTime() + leaseMs);
        const fresh = {
          fingerprint,
          effect: newId(),
          claimedUntil,
          expiresAt: new Date(at.getTime() + keptMs),
        };
        const first =
          (await insert({ _id: id, ...fresh })) ||
          (await keys().findOneAndReplace({ _id, expiresAt: { $lte: at } }, fresh));
        if (first) return { outcome: 'claimed', id, request: { effect: fresh.effect, again: false } };

        const unanswered = { _id, fingerprint, answer: null, claimedUntil: { $lte: at } };
        const left = await keys().findOneAndUpdate(unanswered, { $set: { claimedUntil } });
        if (left) return { outcome: 'claimed', id, request: { effect: String(left['effect']), again: true } };

        const known = (await keys().findOne({ _id })) as Stored | null;
        if (known && known.fingerprint !== fingerprint) return { outcome: 'reused' };
        if (known)
          return known.answer ? { outcome: 'answered', answer: known.answer } : { outcome: 'in-flight' };
      }
    },

    /** The answer for everybody who asks again. The first one stays. */
    async keep({ id, effect }: { id: string; effect: string }, answer: Answer): Promise<void> {
      await keys().updateOne({ _id: id as never, effect, answer: null }, { $set: { answer } });
    },

    /** Nothing was answered that stays so: who asks again is handled again, and finds what was done. */
    async release({ id, effect }: { id: string; effect: string }): Promise<void> {
      await keys().updateOne({ _id: id as never, effect, answer: null }, { $set: { claimedUntil: now() } });
    },
  };
}

const duplicateKey = 11_000;
