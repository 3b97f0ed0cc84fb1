// Notices that a MongoDB answers and accepts no writes, because its disk or quota is full.

import type { Connection } from 'mongoose';
import { isNoSpace } from '../errors.js';
import type { Logger } from '../observability/logger.js';

export type WriteCheck = ReturnType<typeof createWriteCheck>;

type Code = Readonly<{ code?: unknown }>;

/**
 * Watches the answers to writes. After a refusal, `problem` describes it and tries a small write in the background, until
 * one succeeds.
 */
export function createWriteCheck(connection: Pick<Connection, 'db'>, database: string, log: Logger) {
  let isRefused = false;
  let checking: Promise<void> | undefined;

  /** Records the error of a write command, or those of its writes. */
  function observe(errors: readonly Code[]): void {
    if (isRefused || !errors.some(({ code }) => isNoSpace(code))) return;
    isRefused = true;
    log.error({ database, alarm: true }, 'the database accepts no writes: give it disk space or quota');
  }

  async function tryWrite(): Promise<void> {
    const updates = [{ q: { _id: 'check' }, u: [{ $set: { at: '$$NOW' } }], upsert: true }];
    const answer = await connection.db?.command({ update: 'writeChecks', updates });
    const errors = (answer?.['writeErrors'] ?? []) as readonly Code[];
    if (!answer || errors.length > 0) return;
    isRefused = false;
    log.info({ database }, 'the database accepts writes again');
  }

  return {
    observe,
    problem(): string | undefined {
      if (!isRefused) return undefined;
      checking ??= tryWrite()
        .catch((error: unknown) =>
          log.debug({ err: error, database }, 'the database still accepts no writes'),
        )
        .finally(() => (checking = undefined));
      return 'accepts no writes: its disk or quota is full';
    },
  };
}
