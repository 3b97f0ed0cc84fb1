// The routes of the back office: what `npm run ops` shows of one service, for users with the role `operator`. Each service
// serves its own data under its own path.

import { z } from 'zod';
import { ok } from '../http/answers.js';
import { get, handle, operator, post, type Route } from '../http/route.js';
import { Id } from '../id.js';
import { text } from '../text.js';
import { findAll, findChangedBy, type Found } from './find.js';
import { readOverview } from './overview.js';
import type { RunningService } from './running-service.js';
import { HistoryView, FoundView, OverviewView, viewFound, viewHistory } from './views.js';

type Running = Pick<RunningService, 'service' | 'parts'>;

const maxFound = 100;

// An address in a URL would stand in the logs of proxies and the history of browsers, so it travels in the body.
const Search = z.strictObject({
  texts: z
    .array(text(1, 300))
    .min(1)
    .max(100)
    .meta({ description: 'Ids, or an e-mail address.', examples: [['ada@example.com']] }),
  request: z.boolean().default(false).meta({
    description: 'The texts are the X-Request-Id or trace id of requests: finds what they changed.',
  }),
});

/** The routes of a service that declares `office`. */
export function officeRoutes(running: Running): readonly Route[] {
  const { office, name } = running.service;
  if (office === undefined) return [];
  const Name = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return [
    post(`${office}/find`, findRoute(`findIn${Name}`, running)),
    get(`${office}/history/:id`, historyRoute(`showHistoryIn${Name}`, running)),
    get(`${office}/overview`, overviewRoute(`showOverviewOf${Name}`, running)),
  ] as readonly Route[];
}

function findRoute(name: string, running: Running) {
  return handle(
    {
      name,
      summary: `Shows operators what ${running.service.name} stores under an id or an e-mail address.`,
      user: operator,
      body: Search,
      answers: { 200: z.array(FoundView) },
    },
    async ({ body: { texts, request } }) => {
      const found: Found[] = [];
      for (const one of texts)
        for await (const item of request ? findChangedBy(running, one) : findAll(running, [one]))
          if (found.push(item) === maxFound) return ok(found.map(viewFound));
      return ok(found.map(viewFound));
    },
  );
}

function historyRoute(name: string, running: Running) {
  return handle(
    {
      name,
      summary: `Shows operators the changes of something that ${running.service.name} owns, oldest first.`,
      user: operator,
      params: z.object({ id: Id }),
      answers: { 200: z.array(HistoryView) },
    },
    async ({ params: { id } }) => {
      const entries = await running.parts.storage.history?.(id);
      return ok((entries ?? []).map(viewHistory));
    },
  );
}

function overviewRoute(name: string, running: Running) {
  return handle(
    {
      name,
      summary: `Shows operators what is stuck in ${running.service.name}, its dead letters and its lag.`,
      user: operator,
      answers: { 200: OverviewView },
    },
    async () => ok(await readOverview(running)),
  );
}
