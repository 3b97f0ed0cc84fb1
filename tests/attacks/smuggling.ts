// Request smuggling: requests whose end two servers could place differently. The hidden part creates a ticket, so a ticket
// shows that a server executed it.

import { newId } from '@ticketing/common/id';
import { askRaw } from './ask.js';
import type { Attack } from './attack.js';
import type { World } from './world.js';

export const smuggling: Attack = {
  about: 'request smuggling',
  async run(world, { check, note }) {
    const attacker = await world.signUp();
    const seller = await world.signUp();
    const mark = newId();
    const hidden = (name: string) => {
      const body = JSON.stringify({ title: `${mark} ${name}`, price: '5' });
      return [
        'POST /api/tickets HTTP/1.1',
        'Host: x',
        `Cookie: ${attacker.cookie}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n');
    };

    // The hidden part works when it is sent by itself.
    const alone = hidden('control').replace('Host: x', 'Host: x\r\nConnection: close');
    const control = await askRaw(world.gateway, alone, 10_000);
    check(control.startsWith('HTTP/1.1 201'), `the control is refused: ${control.slice(0, 40)}`);

    const shapes = Object.entries(shapesOf(hidden));
    for (const base of [world.gateway, world.system.url('tickets')])
      for (const [name, bytes] of shapes) {
        const answers = await askRaw(base, bytes);
        const statuses = [...answers.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
        check(statuses.length <= 1, `${name}: ${statuses.length} answers to one request`);
        check(!statuses.some((status) => status < 400 || status >= 500), `${name}: ${statuses.join(', ')}`);
        await othersGetTheirAnswers(world, seller.cookie, seller.id, name, check);
      }

    const list = await world.ask({ path: '/api/tickets?limit=100' });
    const made = (list.json as { title: string }[])
      .map(({ title }) => title)
      .filter((title) => title.startsWith(mark));
    check(made.length === 1, `a hidden request was executed: ${made.slice(0, -1).join(', ')}`);
    note(`${shapes.length} shapes, at the gateway and at a service`);
  },
};

/** A reused connection of the gateway must not hold the answer to another request. */
async function othersGetTheirAnswers(
  world: World,
  cookie: string,
  id: string,
  name: string,
  check: (isSo: boolean, what: string) => void,
): Promise<void> {
  const replies = await Promise.all(
    Array.from({ length: 4 }, () =>
      world.ask({ path: '/api/users/currentuser', headers: { Cookie: cookie } }),
    ),
  );
  const theirs = replies.every(
    ({ json }) => (json as { currentUser?: { id: string } }).currentUser?.id === id,
  );
  check(theirs, `${name}: the next request of another user got a wrong answer`);
}

// Excludes invalid requests whose end is unambiguous, such as those without a host.
function shapesOf(hidden: (name: string) => string): Record<string, string> {
  const post = (name: string, headers: readonly string[], body: string) =>
    ['POST /api/users/signout HTTP/1.1', 'Host: x', ...headers, '', body + hidden(name)].join('\r\n');
  const cases: [name: string, headers: readonly string[], body: string][] = [
    ['length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['chunks and length', ['Transfer-Encoding: chunked', 'Content-Length: 5'], '0\r\n\r\n'],
    ['two lengths', ['Content-Length: 0', 'Content-Length: 500'], ''],
    ['two equal lengths in one', ['Content-Length: 0, 0'], ''],
    ['a length with a sign', ['Content-Length: +0'], ''],
    ['a negative length', ['Content-Length: -1'], ''],
    ['a length in hexadecimal', ['Content-Length: 0x0'], ''],
    ['a length with a space in it', ['Content-Length: 0 0'], ''],
    ['a huge length', ['Content-Length: 99999999999999999999999'], ''],
    [
      'a folded header',
      ['X-Fold: a', ' Content-Length: 0', 'Transfer-Encoding: chunked', 'Content-Length: 3'],
      '0\r\n\r\n',
    ],
    ['a space before the colon', ['Transfer-Encoding : chunked', 'Content-Length: 5'], '0\r\n\r\n'],
    ['a tab in the name', ['Transfer-\tEncoding: chunked', 'Content-Length: 5'], '0\r\n\r\n'],
    ['an unknown encoding', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
    ['identity', ['Transfer-Encoding: identity'], ''],
    ['chunked, then something else', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
    ['two encodings', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], '0\r\n\r\n'],
    ['chunked after a vertical tab', ['Transfer-Encoding: \u000bchunked', 'Content-Length: 5'], '0\r\n\r\n'],
    ['a chunk without a length', ['Transfer-Encoding: chunked'], '\r\n\r\n'],
    ['a chunk with a negative length', ['Transfer-Encoding: chunked'], '-1\r\n\r\n'],
    ['a chunk with a sign', ['Transfer-Encoding: chunked'], '+0\r\n\r\n'],
    ['a chunk of a huge length', ['Transfer-Encoding: chunked'], 'fffffffffffffffff\r\n'],
    ['a chunk that is longer than it says', ['Transfer-Encoding: chunked'], '1\r\naa\r\n0\r\n\r\n'],
    ['a chunk that ends by a line feed alone', ['Transfer-Encoding: chunked'], '1\na\n0\n\n'],
    ['a NUL in a header', ['X-Odd: a\u0000b', 'Content-Length: 0'], ''],
    ['a bare line feed in a header', ['X-Odd: a\nContent-Length: 3', 'Content-Length: 0'], ''],
    ['a bare carriage return in a header', ['X-Odd: a\rTransfer-Encoding: chunked', 'Content-Length: 0'], ''],
  ];
  const shapes = Object.fromEntries(cases.map(([name, headers, body]) => [name, post(name, headers, body)]));
  const lines = (name: string, ...all: string[]) => `${all.join('\r\n')}\r\n\r\n${hidden(name)}`;
  return {
    ...shapes,
    'a space before the first header': lines('space', 'GET /api/tickets HTTP/1.1', ' Host: x'),
    'a version of two digits': lines('version', 'GET /api/tickets HTTP/1.11', 'Host: x'),
    'HTTP/2 in words': lines('http2', 'PRI * HTTP/2.0'),
    'a line feed in the path': lines('path', 'GET /api/tickets\nX: y HTTP/1.1', 'Host: x'),
    'a space in the path': lines('space in path', 'GET /api/tickets HTTP/1.1 HTTP/1.1', 'Host: x'),
  };
}
