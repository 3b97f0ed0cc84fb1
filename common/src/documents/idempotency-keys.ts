// Idempotency keys: what a user asked under a key, and the answer, kept for a day.
//
// Problem: a client without an answer sends its request again, and the effect must not happen twice.
// Guarantee: one request at a time holds the claim on a key, and repeats get its saved answer. A slow request can outlive its
// claim. So the write of the effect carries `effectId`, and its guard lets it through once: by the `_id` of a new document,
// or by `attemptedBy` in payments. A request that takes over an abandoned claim finds the effect of the first.

import { createHash } from 'node:crypto';
import { Schema, type Model } from 'mongoose';
import type { Answer } from '../http/answers.js';
import { newId } from '../id.js';
import type { KeyedRequest } from '../observability/trace.js';
import type { Database } from './database.js';

type Stored = Readonly<{
  _id: string;
  /** of the request, to recognise a different request under the same key */
  fingerprint: string;
  /** the effect id */
  effect: string;
  /** end of the claim; a request without an answer by then counts as dead */
  claimedUntil: Date;
  expiresAt: Date;
  answer?: Answer;
}>;

type ClaimRequest = Readonly<{ userId: string; key: string; fingerprint: string }>;

export type Claim =
  | Readonly<{ outcome: 'claimed'; id: string; request: KeyedRequest }>
  | Readonly<{ outcome: 'answered'; answer: Answer }>
  | Readonly<{ outcome: 'in-flight' }>
  | Readonly<{ outcome: 'reused' }>;

type Claimed = Readonly<{ id: string; effectId: string }>;

export type IdempotencyKeys = ReturnType<typeof idempotencyKeysIn>;

export const keptMs = 24 * 3_600_000;
// An answer is due within REQUEST_TIMEOUT_MS.
const claimMarginMs = 5_000;
const duplicateKey = 11_000;

const schema = new Schema(
  { _id: String, fingerprint: String, effect: String, claimedUntil: Date, expiresAt: Date, answer: Object },
  { versionKey: false },
);
// MongoDB removes expired keys once a minute. A claim does not rely on that: it compares `expiresAt` itself.
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

type Options = Readonly<{ config: Readonly<{ REQUEST_TIMEOUT_MS: number }>; now: () => Date }>;
type Keys = Readonly<{ model: Model<Stored>; now: () => Date; leaseMs: number }>;

/** The keys of a service, in the collection `idempotencyKeys` of its database. */
export function idempotencyKeysIn(database: Database, { config, now }: Options) {
  const model = database.connection.model<Stored>('idempotency-key', schema, 'idempotencyKeys');
  const keys = { model, now, leaseMs: config.REQUEST_TIMEOUT_MS + claimMarginMs };
  return {
    model,
    /** Claims the key for this request, or returns the state of an earlier request. */
    claim: (request: ClaimRequest) => claim(keys, request),
    /** Saves the answer for repeats of the request. The first saved answer stays. */
    saveAnswer: (claimed: Claimed, answer: Answer) => end(keys, claimed, { answer }),
    /** Ends the claim without an answer: a repeat is handled again, and finds the effect if there is one. */
    release: (claimed: Claimed) => end(keys, claimed, { claimedUntil: now() }),
  };
}

async function claim(keys: Keys, { userId, key, fingerprint }: ClaimRequest): Promise<Claim> {
  const id = createHash('sha256').update(`${userId}\n${key}`).digest('base64url');
  for (;;) {
    const at = keys.now();
    const request =
      (await claimUnused(keys, id, fingerprint, at)) ?? (await claimAbandoned(keys, id, fingerprint, at));
    if (request) return { outcome: 'claimed', id, request };

    const known = await keys.model.collection.findOne<Stored>({ _id: id as never });
    if (known && known.fingerprint !== fingerprint) return { outcome: 'reused' };
    if (known?.answer) return { outcome: 'answered', answer: known.answer };
    if (known) return { outcome: 'in-flight' };
  }
}

/** Takes a key that is new or expired. */
async function claimUnused(
  { model, leaseMs }: Keys,
  id: string,
  fingerprint: string,
  at: Date,
): Promise<KeyedRequest | undefined> {
  const effectId = newId(at);
  const entry = {
    fingerprint,
    effect: effectId,
    claimedUntil: new Date(at.getTime() + leaseMs),
    expiresAt: new Date(at.getTime() + keptMs),
  };
  const _id = id as never;
  const isTaken =
    (await insert(model, { _id: id, ...entry })) ||
    (await model.collection.findOneAndReplace({ _id, expiresAt: { $lte: at } }, entry));
  return isTaken ? { effectId, retried: false } : undefined;
}

/** Takes over the key of a request that has not answered within its lease. */
async function claimAbandoned(
  { model, leaseMs }: Keys,
  id: string,
  fingerprint: string,
  at: Date,
): Promise<KeyedRequest | undefined> {
  const abandoned = { _id: id as never, fingerprint, answer: null, claimedUntil: { $lte: at } };
  const claimedUntil = new Date(at.getTime() + leaseMs);
  const found = await model.collection.findOneAndUpdate(abandoned, { $set: { claimedUntil } });
  return found ? { effectId: String(found['effect']), retried: true } : undefined;
}

async function insert(model: Keys['model'], document: Stored): Promise<boolean> {
  try {
    await model.collection.insertOne(document as never);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === duplicateKey) return false;
    throw error;
  }
}

async function end({ model }: Keys, { id, effectId }: Claimed, change: Partial<Stored>): Promise<void> {
  await model.collection.updateOne({ _id: id as never, effect: effectId, answer: null }, { $set: change });
}
