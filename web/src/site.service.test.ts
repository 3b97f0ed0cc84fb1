// The shop as its browser gets it: the built files by HTTP.

import { readdirSync } from 'node:fs';
import { get, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { readConfig } from './config.js';
import { readFiles } from './files.js';
import { createSite } from './site.js';

const folder = join(__dirname, '..', 'site');
const [script = ''] = readdirSync(join(folder, 'assets')).filter((name) => /^index-.*\.js$/.test(name));
const asset = `/assets/${script}`;

const files = readFiles(folder);
const open: Server[] = [];

async function serve(env: Record<string, string> = {}): Promise<number> {
  const server = createSite(readConfig(env), files, new AbortController().signal);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

let port: number;
beforeAll(async () => {
  port = await serve();
});
afterAll(() => {
  for (const server of open) {
    server.close();
    server.closeAllConnections();
  }
});

type Received = { status: number | undefined; headers: IncomingMessage['headers']; body: Buffer };

/** Like `fetch`, but it neither decodes the body nor normalizes the path. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', at = port) =>
  new Promise<Received>((resolve, reject) => {
    const sent = request({ port: at, host: '127.0.0.1', path, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });

const page = files.get('/index.html')?.plain.content;

test.each([
  '/',
  '/tickets/6b09bf7fd89657c293c9e88c',
  '/orders?page=2',
  '/sell/new',
  '/apiary',
  '/no/such/page',
])('the address %s answers the page, which a browser asks for again each time', async (path) => {
  const { status, headers, body } = await ask(path);
  expect([status, body]).toEqual([200, page]);
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    vary: 'Accept-Encoding',
  });
});

test('a file with a hash in its name is kept for ever', async () => {
  const { status, headers } = await ask(asset);
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
});

test('every file of the page is there', async () => {
  const paths = [...String(page).matchAll(/ (?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(3);
  for (const path of paths) expect([path, (await ask(path)).status]).toEqual([path, 200]);
});

test.each([
  ['gzip, deflate, br', 'br', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
  ['gzip, br;q=0', 'gzip', gunzipSync],
  ['identity', undefined, (body: Buffer) => body],
  ['', undefined, (body: Buffer) => body],
] as const)('a browser that accepts "%s" gets %s', async (accepted, encoding, decode) => {
  const { headers, body } = await ask(asset, { 'accept-encoding': accepted });
  expect(headers['content-encoding']).toBe(encoding);
  expect(headers).toMatchObject({ vary: 'Accept-Encoding', 'content-length': `${body.length}` });
  expect(decode(body)).toEqual(files.get(asset)?.plain.content);
});

test('an unchanged page is not sent again, in any encoding', async () => {
  for (const encoding of ['br', 'gzip', 'identity']) {
    const accepted = { 'accept-encoding': encoding };
    const { etag = '' } = (await ask('/', accepted)).headers;
    const again = await ask('/orders', { ...accepted, 'if-none-match': etag });
    expect([again.status, again.body.length, again.headers.vary]).toEqual([304, 0, 'Accept-Encoding']);
  }
});

test.each(['/assets/index-deleted.js', '/assets/', '/index.html.br', '/assets/x/../../index.html'])(
  'there is no file %s, and no cache remembers that',
  async (path) => {
    const { status, headers, body } = await ask(path);
    expect([status, headers['cache-control']]).toEqual([404, 'no-store']);
    expect(JSON.parse(String(body))).toMatchObject({ errors: [{ code: 'not-found' }] });
  },
);

test.each([
  '/../package.json',
  '/%2e%2e/package.json',
  '/..%2fpackage.json',
  '/assets/../../dist/main.js',
  '/..\\package.json',
  '//package.json',
  '//orders',
  '/orders/..',
  '/%E0%A4%A',
  '/assets',
])('the path %s leads to nothing, inside and outside of the site', async (path) => {
  expect((await ask(path)).status).toBe(404);
});

test.each(['/api', '/api/', '/api/nothing', '/api/nothing?x=1'])(
  'a path of the API that no service has is an error as the services send it: %s',
  async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { status, headers, body } = await ask(path, {}, method);
      expect([status, headers['content-type']]).toEqual([404, 'application/json; charset=utf-8']);
      expect(JSON.parse(String(body))).toEqual({
        errors: [{ code: 'not-found', message: expect.any(String) as string }],
      });
    }
  },
);

test('HEAD answers the headers of GET', async () => {
  for (const path of ['/', asset, '/config.json', '/assets/none.js']) {
    const [{ headers: ofGet, status }, head] = [await ask(path), await ask(path, {}, 'HEAD')];
    const { date: _one, ...expected } = ofGet;
    const { date: _other, ...headers } = head.headers;
    expect([head.status, headers, head.body.length]).toEqual([status, expected, 0]);
  }
});

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])('%s is not allowed', async (method) => {
  const { status, headers, body } = await ask('/', {}, method);
  expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  expect(JSON.parse(String(body))).toMatchObject({ errors: [{ code: 'method-not-allowed' }] });
});

test('a range gets the whole file, also one that ends before it begins', async () => {
  for (const range of ['bytes=0-10', 'bytes=2-1', 'bytes=-5', 'bytes=x']) {
    const { status, body } = await ask('/', { range });
    expect([range, status, body]).toEqual([range, 200, page]);
  }
});

describe('the settings of the page', () => {
  const settings = async (env: Record<string, string>) =>
    JSON.parse(String((await ask('/config.json', {}, 'GET', await serve(env))).body)) as object;

  test('are empty without variables', async () => {
    expect(await settings({})).toEqual({});
    expect(await settings({ STRIPE_PUBLISHABLE_KEY: '', CARDS_URL: '' })).toEqual({});
  });

  test('come from the variables, and no cache keeps them', async () => {
    const env = {
      CARDS_URL: 'http://localhost:8086',
      INBOX_URL: 'http://localhost:8096',
      INSPECT_URL: '/inspect/api',
    };
    expect(await settings(env)).toEqual({
      cardsUrl: env.CARDS_URL,
      inboxUrl: env.INBOX_URL,
      inspectUrl: env.INSPECT_URL,
    });
    expect(await settings({ STRIPE_PUBLISHABLE_KEY: 'pk_test_1' })).toEqual({
      stripePublishableKey: 'pk_test_1',
    });
    expect((await ask('/config.json')).headers['cache-control']).toBe('no-store');
  });
});

describe('every answer has the security headers', () => {
  test.each(['/', asset, '/config.json', '/api/nothing', '/assets/none.js', '/healthz', '/readyz'])(
    '%s',
    async (path) => {
      expect((await ask(path)).headers).toMatchObject({
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'strict-origin',
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
    },
  );

  const policy = async (env: Record<string, string>) =>
    String((await ask('/', {}, 'GET', await serve(env))).headers['content-security-policy']).split('; ');

  test('its scripts, styles and connections come from this server only', async () => {
    expect(await policy({})).toEqual([
      "default-src 'self'",
      "script-src 'self'",
      "connect-src 'self'",
      "frame-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "object-src 'none'",
    ]);
  });

  test('with the local card network, its challenge may be framed, and nothing else of the address counts', async () => {
    expect(await policy({ CARDS_URL: 'http://localhost:8086/x;script-src' })).toContain(
      'frame-src http://localhost:8086',
    );
  });

  test('with Stripe, its scripts, frames and API are allowed', async () => {
    expect(await policy({ STRIPE_PUBLISHABLE_KEY: 'pk_live_1' })).toEqual(
      expect.arrayContaining([
        "script-src 'self' https://js.stripe.com",
        "connect-src 'self' https://api.stripe.com",
        'frame-src https://js.stripe.com https://hooks.stripe.com',
      ]),
    );
  });
});

test('a download that nobody reads to its end does not stop the server', async () => {
  for (let count = 0; count < 20; count += 1) {
    const socket = connect(port, '127.0.0.1').pause();
    socket.write(`GET ${asset} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await new Promise<void>((resolve) =>
      get({ port, host: '127.0.0.1', path: '/healthz' }, (answer) => {
        answer.resume().once('end', resolve);
      }),
    );
    socket.destroy();
  }
  expect((await ask('/healthz')).status).toBe(204);
});
