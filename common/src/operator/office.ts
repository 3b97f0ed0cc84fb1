// The routes of the back office: what `npm run ops` shows of one service, for users with the role `operator`. Each service
// serves its own data under its own path.

import { z } from 'zod';
import { ok } from '../http/answers.js';
import { get, handle, operator, post, type Route } from '../http/route.js';
import { Id } from '../id.js';
import { text } from '../text.js';
import { findAll, findChangedBy, type Found } from './find.js';
import { readOverview } from './overview.js';
import type { Operated } from './operated.js';
import { HistoryView, FoundView, OverviewView, viewFound, viewHistory } from './views.js';

type Served = Pick<Operated, 'service' | 'parts'>;

const mostFound = 100;

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
export function officeRoutes(served: Served): readonly Route[] {
  const { office, name } = served.service;
  if (office === undefined) return [];
  const Name = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return [
    post(`${office}/find`, findRoute(`findIn${Name}`, served)),
    get(`${office}/history/:id`, historyRoute(`showHistoryIn${Name}`, served)),
    get(`${office}/overview`, overviewRoute(`showOverviewOf${Name}`, served)),
  ] as readonly Route[];
}

function findRoute(name: string, served: Served) {
  return handle(
    {
      name,
      summary: `Shows operators what ${served.service.name} stores under an id or an e-mail address.`,
      user: operator,
      body: Search,
      answers: { 200: z.array(FoundView) },
    },
    async ({ body: { texts, request } }) => {
      const found: Found[] = [];
      for (const one of texts)
        for await (const item of request ? findChangedBy(served, one) : findAll(served, [one]))
          if (found.push(item) === mostFound) return ok(found.map(viewFound));
      return ok(found.map(viewFound));
    },
  );
}

function historyRoute(name: string, served: Served) {
  return handle(
    {
      name,
      summary: `Shows operators the changes of something that ${served.service.name} owns, oldest first.`,
      user: operator,
      params: z.object({ id: Id }),
      answers: { 200: z.array(HistoryView) },
    },
    async ({ params: { id } }) => {
      const entries = await served.parts.storage.history?.(id);
      return ok((entries ?? []).map(viewHistory));
    },
  );
}

function overviewRoute(name: string, served: Served) {
  return handle(
    {
      name,
      summary: `Shows operators what is stuck in ${served.service.name}, its dead letters and its lag.`,
      user: operator,
      answers: { 200: OverviewView },
    },
    async () => ok(await readOverview(served)),
  );
}
