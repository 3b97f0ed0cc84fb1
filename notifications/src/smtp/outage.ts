import type { createGate } from '@ticketing/common/bus';
import type { Logger } from '@ticketing/common/observability';

const alarmAfterMs = 10 * 60_000;

/**
 * Closes the gate while the mail server does not answer. There is one log line for each pause, and an alarm after ten
 * minutes.
 */
export function trackOutage(gate: ReturnType<typeof createGate>, log: Logger) {
  let since: number | undefined;
  let isAlarmed = false;

  return {
    noticed(problem: string): void {
      since ??= performance.now();
      const delayMs = gate.failed();
      if (delayMs === undefined) return;
      const seconds = Math.round((performance.now() - since) / 1_000);
      const alarm = !isAlarmed && seconds * 1_000 > alarmAfterMs;
      isAlarmed ||= alarm;
      if (alarm)
        log.error({ problem, seconds, alarm }, 'no mail has left for ten minutes: look at the mail server');
      else log.warn({ problem, delayMs }, 'the mail server is not available: mails wait');
    },

    ended(): void {
      gate.worked();
      if (since !== undefined) log.info('the mail server is available again');
      since = undefined;
      isAlarmed = false;
    },
  };
}
