import { allEvents } from '@ticketing/common/events';
import { root } from '@ticketing/common/testing/servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { meanings } from './meanings.js';
import { committedPage, pageNames, pages } from './pages.js';
import { services } from './tables.js';
import { variables } from './variables.js';

test.each(pageNames)('%s is what the code declares (if not: npm run docs:api)', (name) => {
  expect(committedPage(name)).toBe(pages[name]());
});

test('every variable has a meaning, and no meaning is left over', () => {
  expect(Object.keys(meanings).sort()).toEqual(variables.map(({ name }) => name).sort());
});

describe.each(services)('the README of $name', ({ name, consumes }) => {
  const readme = readFileSync(join(root, name, 'README.md'), 'utf8');
  const published = allEvents.filter(({ source }) => source === name).map(({ type }) => type);

  /** The event types in a row of the table at the top. */
  const named = (row: string) => {
    const [, text = ''] = new RegExp(`^\\| ${row} \\| (.*) \\|$`, 'm').exec(readme) ?? [];
    return new Set(text.match(/\b[a-z]+:[a-z-]+\b/g));
  };

  test('names the events that it publishes', () => {
    expect(named('publishes')).toEqual(new Set(published));
  });

  test('names the events that it consumes', () => {
    expect(named('consumes')).toEqual(new Set(consumes));
  });
});

test.each(services)('requests.http of $name has every route of the API, and no other', ({ name, routes }) => {
  const text = readFileSync(join(root, name, 'requests.http'), 'utf8');
  const requests = [...text.matchAll(/^(GET|POST|PUT|DELETE) \{\{api\}\}([^?\n]*)/gm)].map(
    ([, method = '', path = '']) => `${method.toLowerCase()} /api${path.replaceAll(/\{\{(\w+)\}\}/g, ':$1')}`,
  );
  expect(new Set(requests)).toEqual(new Set(routes.map(({ method, path }) => `${method} ${path}`)));
});
