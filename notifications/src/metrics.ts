import { readGauges, type Metrics as CommonMetrics } from '@ticketing/common/observability';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { NotificationsContext } from './store.js';

export type Metrics = ReturnType<typeof openMetrics>;

export function openMetrics({ registry }: Pick<CommonMetrics, 'registry'>) {
  const registers = [registry];
  return {
    mails: new Counter({
      name: 'ticketing_mails_total',
      help: 'Mails by kind and outcome: sent, refused, unwanted, outdated (its link had expired), dead (after 24 hours); retried for each try that failed for now',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    delay: new Histogram({
      name: 'ticketing_mail_delay_seconds',
      help: 'Seconds from an event to the acceptance of its mail by the mail server',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3_600],
      registers,
    }),
    waiting: new Gauge({
      name: 'ticketing_mails_waiting',
      help: 'Mails that are not sent yet; counted up to 10,000',
      registers,
    }),
    oldest: new Gauge({
      name: 'ticketing_mails_waiting_oldest_seconds',
      help: 'Seconds since the event of the oldest mail that is not sent yet; 0 without one',
      registers,
    }),
  };
}

/** Sets the gauges of the queue. A failed query leaves no stale value. */
export async function measureMails({ notices, metrics, now }: NotificationsContext): Promise<void> {
  const { count, oldest } = await readGauges([metrics.waiting, metrics.oldest], () => notices.depth());
  metrics.waiting.set(count);
  metrics.oldest.set(oldest ? Math.max(0, now().getTime() - oldest.getTime()) / 1_000 : 0);
}
