import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from '../api/reply.js';
import { header } from './request.js';

/** An HTTP request with its response and the id that both carry. */
export type Exchange = Readonly<{ request: IncomingMessage; response: ServerResponse; requestId: string }>;

export function sendJson({ response, requestId }: Exchange, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Request-Id': requestId,
  });
  response.end(text);
}

export function sendHtml({ response, requestId }: Exchange, status: number, html: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(html),
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'Request-Id': requestId,
  });
  response.end(html);
}

export function sendReply({ request, response, requestId }: Exchange, reply: Reply): void {
  switch (reply.kind) {
    case 'disconnect':
      request.socket.destroy();
      return;
    case 'hang':
      return;
    case 'response': {
      const key = header(request, 'idempotency-key');
      const version = header(request, 'stripe-version');
      response.writeHead(reply.status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(reply.body),
        'Request-Id': requestId,
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        ...(version === undefined ? {} : { 'Stripe-Version': version }),
        ...(reply.replayed ? { 'Idempotent-Replayed': 'true' } : {}),
        // A retry with the same key would get the stored 500 again.
        ...(reply.replayed && reply.status >= 500 ? { 'Stripe-Should-Retry': 'false' } : {}),
      });
      response.end(reply.body);
    }
  }
}
