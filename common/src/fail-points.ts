// Places where the chaos runs have a process killed, as `kill -9` would: no handler runs, nothing is flushed.
// Armed only by FAIL_POINT, one place and one count in the life of a process, and never in production.

import { ConfigError } from './service/config.js';

/**
 * before-commit: decided, not written · after-commit: written, not published · before-mark: published, still in the outbox
 * · in-handler: a message is taken, nothing done · before-ack: handled, not acknowledged
 */
export const failPoints = [
  'before-commit',
  'after-commit',
  'before-mark',
  'in-handler',
  'before-ack',
] as const;
export type FailPoint = (typeof failPoints)[number];

let armed: { point: FailPoint; left: number } | undefined;

/**
 * Reads `FAIL_POINT=after-commit:17`: the process dies when it passes that place for the seventeenth time.
 * @throws ConfigError for an unknown place, a bad count, and always when NODE_ENV is production
 */
export function armFailPoint(env: Readonly<Record<string, string | undefined>>): void {
  const { FAIL_POINT: wanted, NODE_ENV: mode } = env;
  if (!wanted) return;
  if (mode === 'production') throw new ConfigError('FAIL_POINT is refused in production');
  const [name, count = '1'] = wanted.split(':');
  const point = failPoints.find((known) => known === name);
  if (!point || !/^[1-9]\d*$/.test(count))
    throw new ConfigError(`FAIL_POINT must be one of ${failPoints.join(', ')}, and after a colon how often`);
  armed = { point, left: Number(count) };
}

/** Marks a place. */
export function failPoint(point: FailPoint): void {
  if (armed?.point !== point) return;
  armed.left -= 1;
  if (armed.left === 0) process.kill(process.pid, 'SIGKILL');
}
