import { createHash, randomFillSync } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 24;

// Random bytes come in bulk: one system call per id would cost more than the id.
const pool = Buffer.allocUnsafe(LENGTH * 256);
let usedBytes = pool.length;

export function newId(prefix: string): string {
  if (usedBytes + LENGTH > pool.length) {
    randomFillSync(pool);
    usedBytes = 0;
  }
  let id = `${prefix}_`;
  for (const end = usedBytes + LENGTH; usedBytes < end; usedBytes += 1)
    id += ALPHABET.charAt((pool[usedBytes] ?? 0) % 62);
  return id;
}

/** A publishable key belongs to the account of the secret key with the same suffix: `pk_test_1`, `sk_test_1`. */
export function secretKeyOf(publishableKey: string): string {
  return publishableKey.replace(/^pk_/, 'sk_');
}

/** A digest of the API key identifies the account, because the key is a secret and stays out of the ledger. */
export function accountId(apiKey: string): string {
  return `acct_${createHash('sha256').update(apiKey).digest('hex').slice(0, 16)}`;
}
