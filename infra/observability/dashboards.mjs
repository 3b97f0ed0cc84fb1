// node infra/observability/dashboards.mjs: writes grafana/dashboards/*.json in Grafana's format. This file declares the
// panels.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const rate = (metric, by, more = '') => `sum by (${by}) (rate(${metric}${more}[$__rate_interval]))`;
const quantile = (share, metric, by) =>
  `histogram_quantile(${share}, sum by (${[...by, 'le'].join(', ')}) (rate(${metric}_bucket[$__rate_interval])))`;
const mailsIn = (outcome) => `sum(increase(ticketing_mails_total{outcome="${outcome}"}[1h]))`;
const requests = 'http_request_duration_seconds_count';

/** One panel: title, unit, and queries by legend. */
const panel = (title, unit, queries, type = 'timeseries') => ({ title, unit, queries, type });
const stat = (title, unit, query) => panel(title, unit, { '': query }, 'stat');

const boards = {
  overview: {
    title: 'Ticketing: requests by route',
    panels: [
      panel('Requests per second', 'reqps', { '{{method}} {{route}}': rate(requests, 'method, route') }),
      panel('5xx responses per second', 'reqps', {
        '{{service}} {{route}} {{status}}': rate(requests, 'service, route, status', '{status=~"5.."}'),
      }),
      panel('4xx responses per second', 'reqps', {
        '{{service}} {{route}} {{status}}': rate(requests, 'service, route, status', '{status=~"4.."}'),
      }),
      panel('Latency, p50', 's', {
        '{{route}}': quantile(0.5, 'http_request_duration_seconds', ['route']),
      }),
      panel('Latency, p99', 's', {
        '{{route}}': quantile(0.99, 'http_request_duration_seconds', ['route']),
      }),
      panel('Shed under overload', 'reqps', {
        '{{service}}': rate('http_requests_shed_total', 'service'),
      }),
      panel('Event loop lag, p99', 's', {
        '{{service}}': 'max by (service) (nodejs_eventloop_lag_p99_seconds)',
      }),
      panel('Memory', 'bytes', { '{{service}}': 'max by (service) (process_resident_memory_bytes)' }),
      panel('CPU', 'percentunit', { '{{service}}': rate('process_cpu_seconds_total', 'service') }),
    ],
  },
  money: {
    title: 'Ticketing: money',
    panels: [
      stat(
        'Charged in the last hour',
        'short',
        'sum(increase(ticketing_status_changes_total{thing="payment", to="succeeded"}[1h]))',
      ),
      stat(
        'Declined in the last hour',
        'short',
        'sum(increase(ticketing_status_changes_total{thing="payment", to="declined"}[1h]))',
      ),
      stat(
        'Refunded in the last hour',
        'short',
        'sum(increase(ticketing_status_changes_total{thing="payment", to="refunded"}[1h]))',
      ),
      panel('Payments by new status', 'ops', {
        '{{to}}': rate('ticketing_status_changes_total', 'to', '{thing="payment"}'),
      }),
      panel('Waiting for Stripe', 'short', {
        '{{status}}': 'max by (status) (ticketing_payments_unsettled)',
      }),
      panel('Longest wait for Stripe', 's', { '': 'max(ticketing_payments_unsettled_oldest_seconds)' }),
      panel('Resumed by the sweep', 'ops', {
        '': rate('ticketing_sweep_found_total', 'job', '{job="settle-payments"}'),
      }),
      panel('POST /api/payments, p50 and p99', 's', {
        p50: 'histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket{route="/api/payments", method="POST"}[$__rate_interval])))',
        p99: 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{route="/api/payments", method="POST"}[$__rate_interval])))',
      }),
    ],
  },
  mail: {
    title: 'Ticketing: mail',
    panels: [
      stat('Sent in the last hour', 'short', mailsIn('sent')),
      stat('Refused in the last hour', 'short', mailsIn('refused')),
      stat('Given up in the last hour', 'short', mailsIn('dead')),
      panel('Mails by outcome', 'ops', { '{{outcome}}': rate('ticketing_mails_total', 'outcome') }),
      panel('Mails that wait', 'short', { '': 'max(ticketing_mails_waiting)' }),
      panel('Oldest mail that waits', 's', { '': 'max(ticketing_mails_waiting_oldest_seconds)' }),
      panel('From the event to the SMTP server', 's', {
        p50: quantile(0.5, 'ticketing_mail_delay_seconds', []),
        p99: quantile(0.99, 'ticketing_mail_delay_seconds', []),
      }),
      panel('Messages of notifications', 'ops', {
        '{{type}} {{outcome}}': rate(
          'ticketing_messages_total',
          'type, outcome',
          '{service="notifications"}',
        ),
      }),
      panel('Dead letters of notifications', 'short', {
        '': 'max(ticketing_dead_letters{service="notifications"})',
      }),
    ],
  },
  holds: {
    title: 'Ticketing: holds and expiry',
    panels: [
      stat('Open orders', 'short', 'max(ticketing_orders_active)'),
      stat('Longest overdue order', 's', 'max(ticketing_orders_overdue_seconds)'),
      panel('Orders by new status', 'ops', {
        '{{to}}': rate('ticketing_status_changes_total', 'to', '{thing="order"}'),
      }),
      panel('Tickets by new status', 'ops', {
        '{{to}}': rate('ticketing_status_changes_total', 'to', '{thing="ticket"}'),
      }),
      panel('Expiry lateness', 's', {
        p50: quantile(0.5, 'ticketing_expiry_lateness_seconds', []),
        p99: quantile(0.99, 'ticketing_expiry_lateness_seconds', []),
      }),
      panel('Expired by the sweep instead of a timer', 'ops', {
        '': rate('ticketing_sweep_found_total', 'job', '{job="expire-overdue-orders"}'),
      }),
    ],
  },
  bus: {
    title: 'Ticketing: bus and outbox',
    panels: [
      panel('Unpublished events', 'short', {
        '{{service}}': 'max by (service) (ticketing_outbox_entries)',
      }),
      panel('Oldest unpublished event', 's', {
        '{{service}}': 'max by (service) (ticketing_outbox_oldest_seconds)',
      }),
      panel('Events published per second', 'ops', {
        '{{type}}': rate('ticketing_events_published_total', 'type'),
      }),
      panel('Messages handled per second', 'ops', {
        '{{service}} {{type}} {{outcome}}': rate('ticketing_messages_total', 'service, type, outcome'),
      }),
      panel('Redeliveries per second', 'ops', {
        '{{service}}': rate('ticketing_messages_redelivered_total', 'service'),
      }),
      panel('Dead letters', 'short', { '{{service}}': 'max by (service) (ticketing_dead_letters)' }),
      panel('Parked messages', 'short', { '{{service}}': 'max by (service) (ticketing_parked_messages)' }),
      panel('Oldest parked message', 's', {
        '{{service}}': 'max by (service) (ticketing_parked_messages_oldest_seconds)',
      }),
      panel('Share of the window of unacknowledged messages', 'percentunit', {
        '{{service}}': 'max by (service) (ticketing_messages_pending_acks)',
      }),
      panel('Share of the stream that is full', 'percentunit', {
        '{{namespace}}':
          'max by (namespace) (ticketing_bus_stream_bytes) / max by (namespace) (ticketing_bus_stream_max_bytes)',
      }),
      panel('Publishes refused per second', 'ops', {
        '{{service}}': rate('ticketing_publishes_refused_total', 'service'),
      }),
      panel('Found by the relay’s sweep', 'ops', {
        '{{service}}': rate('ticketing_sweep_found_total', 'service', '{job="relay-outbox"}'),
      }),
      panel('Consumption paused', 'short', {
        '{{service}}': 'min by (service) (ticketing_consumption_paused)',
      }),
    ],
  },
  'three-in-the-morning': {
    title: 'Ticketing: three in the morning',
    panels: [
      stat('Firing alerts', 'short', 'count(ALERTS{alertstate="firing"}) or vector(0)'),
      stat('Processes up', 'short', 'sum(up{job="ticketing"})'),
      stat('Dead letters', 'short', 'sum(max by (service) (ticketing_dead_letters))'),
      stat('Oldest unpublished event', 's', 'max(ticketing_outbox_oldest_seconds)'),
      stat('Longest wait for Stripe', 's', 'max(ticketing_payments_unsettled_oldest_seconds)'),
      stat('Longest overdue hold', 's', 'max(ticketing_orders_overdue_seconds)'),
      stat('Oldest mail that waits', 's', 'max(ticketing_mails_waiting_oldest_seconds)'),
      panel('Dependencies up (1: yes)', 'short', {
        '{{service}} {{dependency}}': 'max by (service, dependency) (ticketing_dependency_up)',
      }),
      panel('Share of 5xx responses', 'percentunit', {
        '{{service}}': `${rate(requests, 'service', '{status=~"5.."}')} / ${rate(requests, 'service')}`,
      }),
      panel('Tickets sold per second', 'ops', {
        '': 'sum(rate(ticketing_status_changes_total{thing="order", to="complete"}[$__rate_interval]))',
      }),
    ],
  },
};

/** Restricts every metric of a query to the chosen installation. On one machine, no series has a namespace. */
const inNamespace = (expr) =>
  expr.replaceAll(
    /\b((?:ticketing|http|nodejs|process)_\w+|up|ALERTS)\b(?:\{(.*?)\})?/g,
    (_, metric, matchers) => `${metric}{${matchers ? `${matchers}, ` : ''}namespace=~"$namespace"}`,
  );

const datasource = { type: 'prometheus', uid: 'ticketing-prometheus' };

/** Shows one installation, or all of them. */
const templating = {
  list: [
    {
      name: 'namespace',
      type: 'query',
      datasource,
      query: 'label_values(up{job="ticketing"}, namespace)',
      refresh: 2,
      includeAll: true,
      allValue: '.*',
      current: { text: 'All', value: '$__all' },
    },
  ],
};

function grafana(uid, { title, panels }) {
  const columns = 3;
  const [width, height] = [24 / columns, 8];
  return {
    uid: `ticketing-${uid}`,
    title,
    tags: ['ticketing'],
    schemaVersion: 39,
    timezone: 'utc',
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating,
    panels: panels.map(({ title: name, unit, queries, type }, index) => ({
      id: index + 1,
      title: name,
      type,
      datasource,
      gridPos: { x: (index % columns) * width, y: Math.floor(index / columns) * height, w: width, h: height },
      fieldConfig: { defaults: { unit }, overrides: [] },
      targets: Object.entries(queries).map(([legendFormat, expr], query) => ({
        refId: 'ABCDEFGH'[query],
        expr: inNamespace(expr),
        legendFormat,
      })),
    })),
  };
}

/** By file name. */
export const dashboards = Object.fromEntries(
  Object.entries(boards).map(([uid, board]) => [`${uid}.json`, grafana(uid, board)]),
);

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [file, board] of Object.entries(dashboards))
    writeFileSync(
      new URL(`grafana/dashboards/${file}`, import.meta.url),
      `${JSON.stringify(board, undefined, 2)}\n`,
    );
