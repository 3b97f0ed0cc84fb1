// How often the payment of one order may be declined. Guessing card numbers by their declines must be slow.

/** The most attempts to pay one order, with any card. */
export const tooManyAttempts = 15;

const freeDeclines = 3;
const longestSeconds = 60;

type Declines = Readonly<{ declines?: number | undefined; declinedAt?: Date | undefined }>;

/** Seconds until the next attempt: none for the first declines, then 1, 2, 4 … 60 after each. */
export function retryAfterDecline({ declines = 0, declinedAt }: Declines, now: Date): number {
  if (declines <= freeDeclines || !declinedAt) return 0;
  const delaySeconds = Math.min(longestSeconds, 2 ** (declines - freeDeclines - 1));
  const left = declinedAt.getTime() + delaySeconds * 1_000 - now.getTime();
  return Math.max(0, Math.ceil(left / 1_000));
}
