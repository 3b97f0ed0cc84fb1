// Points at which chaos tests kill the process, as `kill -9` does: no handler runs and nothing is flushed.
// FAIL_POINT arms one point with one count for the life of a process. It is refused in production.

import { ConfigError } from './service/config.js';

/**
 * before-commit: decided, not written · after-commit: written, not published · before-mark: published, still in the outbox
 * · in-handler: message received, not handled · before-ack: handled, not acknowledged · before-send: mail claimed, not sent
 * · after-send: mail accepted by the mail server, not recorded
 */
export const failPoints = [
  'before-commit',
  'after-commit',
  'before-mark',
  'in-handler',
  'before-ack',
  'before-send',
  'after-send',
] as const;
export type FailPoint = (typeof failPoints)[number];

let armed: { point: FailPoint; left: number } | undefined;

/**
 * Reads `FAIL_POINT=after-commit:17`: the process dies when it reaches that point for the seventeenth time.
 * @throws ConfigError for an unknown point or a bad count, and always if NODE_ENV is production
 */
export function armFailPoint(env: Readonly<Record<string, string | undefined>>): void {
  const { FAIL_POINT: setting, NODE_ENV: mode } = env;
  if (!setting) return;
  if (mode === 'production') throw new ConfigError('FAIL_POINT is refused in production');
  const [name, count = '1'] = setting.split(':');
  const point = failPoints.find((known) => known === name);
  if (!point || !/^[1-9]\d*$/.test(count))
    throw new ConfigError(
      `FAIL_POINT must be one of ${failPoints.join(', ')}, optionally with a colon and a count`,
    );
  armed = { point, left: Number(count) };
}

/** Kills the process if this point is armed and its count is reached. */
export function failPoint(point: FailPoint): void {
  if (armed?.point !== point) return;
  armed.left -= 1;
  if (armed.left === 0) process.kill(process.pid, 'SIGKILL');
}
