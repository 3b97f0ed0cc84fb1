// The generated pages under docs/. `npm run docs:api` writes them; a test compares them with the declarations.

import { root } from '@ticketing/common/testing/servers';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawPicture } from './picture.js';
import { commonRefusalTable, eventTable, routeTable, services } from './tables.js';
import { constantTable, variableTables } from './variables.js';

const note = '<!-- Generated from the declarations by `npm run docs:api`. Do not edit. -->';

/** The text of each generated page, by its path. */
export const pages = {
  'docs/routes.md': routesPage,
  'docs/events.md': eventsPage,
  'docs/variables.md': variablesPage,
  'docs/picture.svg': drawPicture,
} as const;

export type PageName = keyof typeof pages;
export const pageNames = Object.keys(pages) as PageName[];

export const committedPage = (name: PageName) => readFileSync(join(root, name), 'utf8');
export const writePages = () => {
  for (const name of pageNames) writeFileSync(join(root, name), pages[name]());
};

function routesPage(): string {
  const sections = services
    .filter(({ routes }) => routes.length > 0)
    .map((service) => `## ${service.name}\n\n${routeTable(service)}`);
  return `${note}

# Routes

Look up every route of the API: its session, body, answers and refusals. The full description is
[openapi.json](api/openapi.json) (OpenAPI 3.1); \`npm start\` shows it at
http://localhost:8080/api/docs.

The session is the cookie \`session\`, or the same token as \`Authorization: Bearer\`. Every answer
that is not 2xx has the body \`{"errors": [{"code", "message", "field"?}]}\`. Programs decide by the
code; messages are for people.

Besides its own refusals a route may answer:

- 400 \`invalid-input\` or \`invalid-json\`, with one entry per invalid field;
- 503 \`unavailable\` with \`Retry-After\`, if a dependency is down, the service is overloaded, or the
  event of a new ticket or order is on its way;
- the common refusals in the table at the end.

${sections.join('\n\n')}

## Common refusals

${commonRefusalTable()}
`;
}

function eventsPage(): string {
  return `${note}

# Events

Look up every event: its publisher, its consumers and its data. The full description is
[asyncapi.json](api/asyncapi.json) (AsyncAPI 3).

Events are CloudEvents in JSON. The contracts are in
[common/src/events](../common/src/events), with a stored sample of each in
[samples](../common/src/events/samples). A consumer must expect each event more than once, late and
in any order. To change a contract, read [change an event](how-to/change-an-event.md).

${eventTable()}
`;
}

function variablesPage(): string {
  return `${note}

# Environment variables

Look up every variable of a service and of the shop (web): its default and its meaning. They read
their variables once, at start, and name all invalid ones at once. Secrets have no default.
\`npm start\` sets what it needs; see [tools/local](../tools/local/README.md).

A name that ends in \`_MS\` is in milliseconds.

${variableTables()}

## Constants

Production (\`NODE_ENV=production\`) refuses these variables. Tests and development may set them.

${constantTable()}
`;
}
