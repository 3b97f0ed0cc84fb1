// The HTTP server of the shop: its built files, its settings for the browser, and the page for every other path.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { SiteConfig } from './config.js';
import { encodedFor, type SiteFile, type SiteFiles } from './files.js';
import { securityHeaders } from './headers.js';

// The name of a file in `assets` has a hash of its content. Everything else may change with each release.
const forever = 'public, max-age=31536000, immutable';
const revalidated = 'no-cache';
/** Time for all headers of a request, and for a connection that neither sends nor takes a byte. */
const slowestMs = 20_000;
/** Longer than the 60 s of NGINX, which would otherwise send a request into a connection that is being closed. */
const keepAliveMs = 65_000;

/** Answers GET and HEAD. From `stopping` on, each answer closes its connection. */
export function createSite(config: SiteConfig, files: SiteFiles, stopping: AbortSignal): Server {
  const headers = Object.entries(securityHeaders(config));
  const answer = answersOf(config, files);
  const server = createServer({ connectionsCheckingInterval: 1_000 }, (request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    if (stopping.aborted) response.setHeader('Connection', 'close');
    answer(request, response);
  });
  server.headersTimeout = slowestMs;
  server.requestTimeout = slowestMs;
  server.timeout = slowestMs;
  server.keepAliveTimeout = keepAliveMs;
  return server;
}

function answersOf(config: SiteConfig, files: SiteFiles) {
  const page = files.get('/index.html');
  const settings = {
    stripePublishableKey: config.STRIPE_PUBLISHABLE_KEY,
    cardsUrl: config.CARDS_URL,
    inboxUrl: config.INBOX_URL,
    inspectUrl: config.INSPECT_URL,
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    // The ingress sends what no service handles.
    if (/^\/api(\/|$)/.test(path)) return refuse(response, 404, 'not-found', 'No service handles this path.');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return refuse(response, 405, 'method-not-allowed', 'The shop answers GET and HEAD.');
    }
    // Ready at once: it depends on nothing.
    if (path === '/healthz' || path === '/readyz') return empty(response, 204);
    if (path === '/config.json') return json(response, 200, settings);
    const file = files.get(path) ?? (isPage(path) ? page : undefined);
    if (!file) return refuse(response, 404, 'not-found', 'There is no such file.');
    send(request, response, file, path.startsWith('/assets/') ? forever : revalidated);
  };
}

/** The app renders every path of this form, words and ids, from the same page. */
const isPage = (path: string) => /^(\/[\w-]+)*\/?$/.test(path) && !/^\/assets(\/|$)/.test(path);

function send(
  request: IncomingMessage,
  response: ServerResponse,
  file: SiteFile,
  cacheControl: string,
): void {
  const { encoding, content, etag } = encodedFor(file, String(request.headers['accept-encoding'] ?? ''));
  response.setHeader('Cache-Control', cacheControl);
  response.setHeader('ETag', etag);
  response.setHeader('Vary', 'Accept-Encoding');
  if (request.headers['if-none-match'] === etag) return empty(response, 304);
  if (encoding) response.setHeader('Content-Encoding', encoding);
  response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': content.length }).end(content);
}

function empty(response: ServerResponse, status: 204 | 304): void {
  response.writeHead(status).end();
}

/** In the form of the API's errors. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  json(response, status, { errors: [{ code, message }] });
}

/** Not cached: during an update, a file that this process lacks may be there in the next one. */
function json(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}
