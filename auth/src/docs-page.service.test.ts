// What a developer who has never seen the code opens first.

import { readFileSync } from 'node:fs';
import { startForTest, type TestService } from '@ticketing/common/testing';
import type { AuthContext } from './store.js';
import { docsPage } from './docs-page.js';
import { service } from './service.js';

let auth: TestService<AuthContext>;
beforeAll(async () => {
  auth = await startForTest(service);
});
afterAll(() => auth.stop());

async function get(path: string) {
  const answer = await fetch(auth.url + path);
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
}

const mime: Record<string, string> = {
  js: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
  png: 'image/png',
};

describe('the page of the API description', () => {
  test.each(Object.entries(docsPage))('has %s', async (path, file) => {
    const { status, headers, body } = await get(path);
    expect(status).toBe(200);
    expect(body.equals(readFileSync(file))).toBe(true);
    expect(headers.get('content-type')).toContain(mime[path.split('.')[1] ?? ''] ?? 'text/html');
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('may run its own scripts and ask its own origin, nothing else', async () => {
    const { headers } = await auth.request.get('/api/docs').expect(200);
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toContain('unsafe-eval');
    const page = readFileSync(docsPage['/api/docs'] ?? '', 'utf8');
    expect(page).not.toMatch(/<script(?! src="\/)|<style|style=|https?:/);
  });

  test('leaves the policy of all other answers as it is', async () => {
    const { headers } = await auth.request.get('/api/users/currentuser').expect(200);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
  });

  test('is not sent again to who has it', async () => {
    const { headers } = await auth.request.get('/api/docs/openapi.json').expect(200);
    await auth.request
      .get('/api/docs/openapi.json')
      .set('If-None-Match', headers['etag'] ?? '')
      .expect(304);
  });

  test.each(['/api/docs/other', '/api/docs/../../package.json', '/api/docs/..%2f..%2fpackage.json'])(
    'shows nothing else: %s',
    async (path) => {
      const { status, body } = await get(path);
      expect([status, JSON.parse(body.toString())]).toMatchObject([404, { errors: [{ code: 'not-found' }] }]);
    },
  );
});
