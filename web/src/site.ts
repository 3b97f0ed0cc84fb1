// The HTTP server of the shop: its built files, its settings for the browser, and a page for every other path.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import sirv from 'sirv';
import type { SiteConfig } from './config.js';

const folder = join(__dirname, '..', 'site');

/** Answers GET and HEAD. A path without a file gets the page, which draws the address by itself. */
export function createSite(config: SiteConfig): Server {
  const headers = headersFor(config);
  const settings = JSON.stringify({
    stripePublishableKey: config.STRIPE_PUBLISHABLE_KEY,
    cardsUrl: config.CARDS_URL,
    inboxUrl: config.INBOX_URL,
    inspectUrl: config.INSPECT_URL,
  });
  const files = sirv(folder, {
    single: true,
    etag: true,
    gzip: true,
    brotli: true,
    ignores: [/^\/assets\//],
    setHeaders(response, path) {
      // The name of a file in `assets` has a hash of its content.
      const isForever = path.startsWith('/assets/');
      response.setHeader('Cache-Control', isForever ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });

  return createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const [path] = (request.url ?? '/').split('?', 1);
    if (path === '/healthz') return plain(response, 200, 'ok');
    // The ingress sends what no service handles.
    if (/^\/api(\/|$)/.test(path ?? '')) return json(response, 404, unknownPath);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return plain(response, 405, 'Only GET and HEAD.');
    if (path === '/config.json') return json(response, 200, settings);
    files(request as IncomingMessage & { url: string }, response, () =>
      plain(response, 404, 'There is no such file.'),
    );
  });
}

const unknownPath = JSON.stringify({
  errors: [{ code: 'not-found', message: 'No service handles this path.' }],
});

function json(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-cache',
  });
  response.end(text);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  });
  response.end(`${text}\n`);
}

/** Scripts come from this server only, and from Stripe where cards are Stripe's. */
function headersFor({ STRIPE_PUBLISHABLE_KEY, CARDS_URL }: SiteConfig): Record<string, string> {
  const stripe = STRIPE_PUBLISHABLE_KEY !== undefined;
  const policy = {
    'default-src': ["'self'"],
    'script-src': ["'self'", stripe && 'https://js.stripe.com'],
    'connect-src': ["'self'", stripe && 'https://api.stripe.com'],
    'frame-src': [
      stripe && 'https://js.stripe.com',
      stripe && 'https://hooks.stripe.com',
      CARDS_URL,
      !stripe && !CARDS_URL && "'none'",
    ],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'object-src': ["'none'"],
  };
  const rules = Object.entries(policy).map(([name, sources]) => [name, ...sources.filter(Boolean)].join(' '));
  return {
    'Content-Security-Policy': rules.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
  };
}
