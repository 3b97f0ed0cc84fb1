// What every answer says to browsers and caches; `hygiene.ts` looks at each answer of every attack besides.

import { newId } from '@ticketing/common';
import type { Attack } from './attack.js';
import { operations, samplePath } from './operations.js';

const wanted: Readonly<Record<string, RegExp>> = {
  'content-security-policy': /default-src/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^(SAMEORIGIN|DENY)$/i,
  'strict-transport-security': /max-age=\d{7,}/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'x-request-id': /^[\w.:-]{1,100}$/,
  'cache-control': /no-store|no-cache/,
};

export const headers: Attack = {
  about: 'headers of every kind of answer, and the session cookie',
  async run(world, { check, note }) {
    const person = await world.signUp();
    const kinds = operations().flatMap((operation) => {
      const path = samplePath(operation, () => newId());
      return [
        {
          method: operation.method,
          path,
          headers: { Cookie: person.cookie, 'Sec-Fetch-Site': 'cross-site' },
        },
        { method: operation.method, path, headers: {} },
        {
          method: operation.method,
          path: `${path}?unknown=1`,
          headers: { Cookie: person.cookie, 'Content-Type': 'text/plain' },
        },
        { method: 'PATCH', path, headers: { Cookie: person.cookie } },
        ...(operation.method === 'GET' ? [{ method: 'GET', path, headers: { Cookie: person.cookie } }] : []),
      ];
    });
    const seen = new Set<number>();
    for (const request of kinds) {
      const reply = await world.ask(request);
      seen.add(reply.status);
      for (const [name, pattern] of Object.entries(wanted)) {
        const value = String(reply.headers[name]);
        check(
          pattern.test(value),
          `${reply.status} of ${request.method} ${request.path}: ${name} is ${value}`,
        );
      }
    }
    note(`answers ${[...seen].sort((a, b) => a - b).join(', ')}`);

    for (const path of ['/api/users/signin', '/api/users/signout']) {
      const { email, password } = person;
      const reply = await world.ask({
        method: 'POST',
        path,
        headers: { Cookie: person.cookie },
        body: { email, password },
      });
      const cookies = reply.headers['set-cookie'] ?? [];
      check(cookies.length === 1, `${path} sets ${cookies.length} cookies`);
      for (const cookie of cookies)
        for (const attribute of ['httponly', 'samesite=lax', 'path=/'])
          check(cookie.toLowerCase().includes(attribute), `the cookie of ${path} is not ${attribute}`);
    }
  },
};
