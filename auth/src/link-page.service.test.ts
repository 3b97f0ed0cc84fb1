// The page that a link in a mail opens.

import { readFileSync } from 'node:fs';
import { startForTest, type TestService } from '@ticketing/common/testing';
import { LinkPurpose } from '@ticketing/common/events';
import { linkPage } from './link-page.js';
import { service } from './service.js';
import type { AuthContext } from './store.js';

let auth: TestService<AuthContext>;
beforeAll(async () => {
  auth = await startForTest(service);
});
afterAll(() => auth.stop());

const content = (path: string) => readFileSync(linkPage[path] ?? '', 'utf8');

test.each(Object.keys(linkPage))('serves %s with a policy that runs only its own scripts', async (path) => {
  const answer = await fetch(auth.url + path);
  expect([answer.status, await answer.text()]).toEqual([200, content(path)]);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).toContain("connect-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
});

test('has no inline script or style, and loads nothing from elsewhere', () => {
  expect(content('/api/users/link')).not.toMatch(/<script(?! src="\/)|<style|style=| on[a-z]+=|https?:/);
  expect(content('/api/users/link/page.css')).not.toMatch(/url\(|@import/);
});

test('knows every purpose of a link in both languages, and posts only to paths that exist', async () => {
  const script = content('/api/users/link/page.js');
  for (const purpose of LinkPurpose.options) expect(script.split(`'${purpose}': `)).toHaveLength(4);
  const paths = [...script.matchAll(/'(\/api\/[\w/-]+)'/g)].map(([, path = '']) => path);
  expect(paths).toHaveLength(LinkPurpose.options.length);
  for (const path of paths)
    await auth.request
      .post(path)
      .send({ token: 'x', password: 'correct horse' })
      .expect((answer) => {
        // An unknown field of a path that takes no password is refused, too: the path exists.
        expect([400, 410]).toContain(answer.status);
      });
});

test('says "du" in German, as the shop does', () => {
  expect(content('/api/users/link/page.js')).not.toMatch(/\b(Sie|Ihnen|Ihre?[mnrs]?)\b/);
});

test('writes what it is given as text, never as markup', () => {
  expect(content('/api/users/link/page.js')).not.toMatch(
    /innerHTML|outerHTML|insertAdjacent|document\.write|eval/,
  );
});
