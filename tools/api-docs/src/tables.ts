// The tables of routes and events in README.md, made from the services' own declarations.

import { allEvents } from '@ticketing/common/events';
import { commonRefusals, type Files, type RefusalTable, type Route } from '@ticketing/common/http';
import { readConfig, withSessionEvents, type Subscription } from '@ticketing/common/service';
import type { z } from 'zod';
import { service as auth } from '../../../auth/src/service.js';
import { service as expiration } from '../../../expiration/src/service.js';
import { service as orders } from '../../../orders/src/service.js';
import { service as payments } from '../../../payments/src/service.js';
import { service as tickets } from '../../../tickets/src/service.js';

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
  JWT_KEY: 'not used'.repeat(4),
  MONGO_URI: 'mongodb://unused',
  NATS_URL: 'nats://unused',
  REDIS_URL: 'redis://unused',
  STRIPE_KEY: 'unused',
};

// Declaring needs no server: a use case opens nothing before it is called.
function declared({
  name,
  config,
  refusals = {},
  routes,
  files = {},
  sessions,
  subscriptions,
}: Lists): Declared {
  const ctx = { config: readConfig(config as z.ZodType, env) } as never;
  const own = subscriptions?.(ctx) ?? [];
  const all = sessions ? withSessionEvents(own, {} as never) : own;
  const consumes = all.map(({ event }) => event.type);
  return {
    name,
    config: config as Declared['config'],
    refusals,
    routes: routes?.(ctx) ?? [],
    files,
    consumes,
  };
}

export const services = [auth, tickets, orders, expiration, payments].map((service) =>
  declared(service as Lists),
);

export function routeTable(): string {
  const rows = services.flatMap(({ routes, refusals = {} }) =>
    routes.map(({ method, path, endpoint: { declaration } }) => {
      const codes = (declaration.refusals ?? []).map(
        (code) => `${{ ...commonRefusals, ...refusals }[code]?.status} ${code}`,
      );
      const fields = Object.keys((declaration.body as { shape?: object } | undefined)?.shape ?? {}).join(
        ', ',
      );
      const who = { required: 'yes', optional: 'if there is one', anyone: '' }[declaration.user];
      return [
        `${method.toUpperCase()} ${path}`,
        who,
        fields,
        Object.keys(declaration.answers).join(', '),
        codes.sort().join(', '),
      ];
    }),
  );
  return table(
    ['route', 'session', 'body', 'answers', 'refused'],
    rows.map(([route, ...rest]) => [`\`${route}\``, ...rest]),
  );
}

export function eventTable(): string {
  const rows = allEvents.map(({ type, source, schema }) => {
    const to = services.filter(({ consumes }) => consumes.includes(type)).map(({ name }) => name);
    return [
      `\`${type}\``,
      source,
      Object.keys((schema as unknown as { shape: object }).shape).join(', '),
      to.join(', '),
    ];
  });
  return table(['event', 'from', 'data', 'to'], rows);
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
