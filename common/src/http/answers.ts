import type { ServerResponse } from 'node:http';
import type { Watch } from '../live/watch.js';

type Headers = Readonly<Record<string, string>>;

/** The result of a handler. Without a body the answer is empty. With `watch` it is a stream of Server-Sent Events. */
export type Answer = Readonly<{ status: number; body?: unknown; headers?: Headers; watch?: Watch }>;

export const ok = (body: unknown, headers: Headers = {}): Answer => ({ status: 200, body, headers });

export const created = (body: unknown, headers: Headers = {}): Answer => ({ status: 201, body, headers });

/** 202: the result is not known yet; the client asks again. */
export const acceptedForProcessing = (body: unknown, headers: Headers = {}): Answer => ({
  status: 202,
  body,
  headers,
});

/** A stream: the present states, and then each change. The route declares `streams`. */
export const stream = (watch: Watch): Answer => ({ status: 200, watch });

export const noContent = (): Answer => ({ status: 204 });

export type Problem = Readonly<{ code: string; message: string; field?: string }>;

/** The body of every answer that is not 2xx. */
export function problems(...errors: readonly Problem[]) {
  return { errors };
}

/**
 * Writes an answer as JSON, without Express' content negotiation, which costs more than the rest of the answer.
 * All headers go out in one call, which is the cheapest way for an overloaded process to refuse a request.
 */
export function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      ...headers,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    })
    .end(text);
}
