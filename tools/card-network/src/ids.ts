import { createHash, randomFillSync } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 24;

// Random bytes are fetched in bulk: a call of its own for each id costs more than the id.
const pool = Buffer.allocUnsafe(LENGTH * 256);
let used = pool.length;

export function newId(prefix: string): string {
  if (used + LENGTH > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let id = `${prefix}_`;
  for (const end = used + LENGTH; used < end; used += 1) id += ALPHABET.charAt((pool[used] ?? 0) % 62);
  return id;
}

/** API keys are secrets and stay out of the ledger: an account is known by a digest of its key. */
export function accountId(apiKey: string): string {
  return `acct_${createHash('sha256').update(apiKey).digest('hex').slice(0, 16)}`;
}
