// The services as they declare themselves, and the tables of their routes and events.

import { allEvents } from '@ticketing/common/events';
import { commonRefusals, type Files, type RefusalTable, type Route } from '@ticketing/common/http';
import { officeRoutes } from '@ticketing/common/operator';
import { readConfig, withSessionEvents, type Subscription } from '@ticketing/common/service';
import type { z } from 'zod';
import { service as auth } from '../../../auth/src/service.js';
import { service as expiration } from '../../../expiration/src/service.js';
import { service as notifications } from '../../../notifications/src/service.js';
import { service as orders } from '../../../orders/src/service.js';
import { service as payments } from '../../../payments/src/service.js';
import { service as tickets } from '../../../tickets/src/service.js';
import { SiteVariables } from '../../../web/src/config.js';
import { fieldsOf } from './schemas.js';

type Declared = Readonly<{
  name: string;
  config: { shape: object };
  refusals?: RefusalTable;
  routes: readonly Route[];
  files: Files;
  consumes: string[];
}>;

type Lists = Readonly<{
  name: string;
  config: unknown;
  refusals?: RefusalTable;
  routes?: (ctx: never) => readonly Route[];
  files?: Files;
  sessions: boolean;
  subscriptions?: (ctx: never) => readonly Subscription[];
}>;

const env = {
  ACCOUNT_LINK_KEY: 'not used'.repeat(4),
  JWT_KEY: 'not used'.repeat(4),
  MAIL_FROM: 'unused@unused.example',
  MONGO_URI: 'mongodb://unused',
  NATS_URL: 'nats://unused',
  PUBLIC_URL: 'http://unused.example',
  REDIS_URL: 'redis://unused',
  SMTP_URL: 'smtp://unused',
  STRIPE_KEY: 'unused',
};

// Declaring needs no server: a use case opens nothing before it is called.
function declared(service: Lists): Declared {
  const { name, config, refusals = {}, routes, files = {}, sessions, subscriptions } = service;
  const ctx = { config: readConfig(config as z.ZodType, env) } as never;
  const own = subscriptions?.(ctx) ?? [];
  const all = sessions ? withSessionEvents(own, {} as never) : own;
  const consumes = all.map(({ event }) => event.type);
  return {
    name,
    config: config as Declared['config'],
    refusals,
    routes: [...(routes?.(ctx) ?? []), ...officeRoutes({ service: service as never, parts: {} as never })],
    files,
    consumes,
  };
}

export const services = [auth, tickets, orders, expiration, payments, notifications].map((service) =>
  declared(service as Lists),
);

export type Service = (typeof services)[number];

/** The server of the shop. It is no service: it has no routes of the API, no store and no events. */
export const shop = { name: 'web', config: SiteVariables } as const;

/** One row per route of a service. */
export function routeTable({ routes, refusals = {} }: Service): string {
  const rows = routes.map(({ method, path, endpoint: { declaration } }) => {
    const codes = (declaration.refusals ?? []).map(
      (code) => `${{ ...commonRefusals, ...refusals }[code]?.status} ${code}`,
    );
    const fields = fieldsOf(declaration.body);
    return [
      code(`${method.toUpperCase()} ${path}`),
      { required: 'required', operator: 'operator', optional: 'optional', anyone: '' }[declaration.user],
      fields.join(', '),
      Object.keys(declaration.answers).join(', '),
      codes.sort().join(', '),
    ];
  });
  return table(['route', 'session', 'body', 'answers', 'refusals'], rows);
}

/** One row per refusal that every service may answer. */
export function commonRefusalTable(): string {
  const rows = Object.entries(commonRefusals as RefusalTable)
    .sort(([, a], [, b]) => a.status - b.status)
    .map(([name, { status, message }]) => [`${status} ${name}`, message]);
  return table(['refusal', 'message'], rows);
}

/** One row per event type. */
export function eventTable(): string {
  const rows = allEvents.map(({ type, source, schema }) => [
    code(type),
    source,
    consumersOf(type).join(', '),
    Object.keys((schema as unknown as { shape: object }).shape).join(', '),
  ]);
  return table(['event', 'publisher', 'consumers', 'data'], rows);
}

/** The names of the services that subscribe to this event type. */
export function consumersOf(type: string): string[] {
  return services.filter(({ consumes }) => consumes.includes(type)).map(({ name }) => name);
}

/** A Markdown table. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export const code = (text: string) => `\`${text}\``;
