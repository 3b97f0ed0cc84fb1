// Begins and ends each request: its id, trace, metrics and log line.

import { randomUUID } from 'node:crypto';
import { SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import type { RequestHandler, Response } from 'express';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { remoteParent, runInContext, startSpan, traceparentOf } from '../observability/spans.js';
import { traceIdOf, type Cause } from '../observability/trace.js';
import type { Answer, problems } from './answers.js';
import { userOf } from './session-cookie.js';

const acceptedId = /^[\w.:-]{1,100}$/;
const clientClosedRequest = 499;

export function logRequests(log: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const begin = performance.now();
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && acceptedId.test(given) ? given : randomUUID();
    const parent = remoteParent(request.headers['traceparent']);
    const span = startSpan(request.method, { kind: SpanKind.SERVER }, parent);
    const traceparent = traceparentOf(span);
    const fields = { requestId: id, traceId: traceIdOf(traceparent) };
    response.locals['cause'] = { by: 'anonymous', why: `request:${id}`, traceparent } satisfies Cause;
    response.setHeader('X-Request-Id', id);
    // The default: an answer may be personal, and a shared cache must not store it.
    response.setHeader('Cache-Control', 'no-store');
    const end = (isAnswered = response.writableFinished) => {
      response.off('close', end);
      const route = String(response.locals['route'] ?? 'unknown');
      const { method } = request;
      const status = isAnswered ? response.statusCode : clientClosedRequest;
      const milliseconds = performance.now() - begin;
      metrics.requests.observe({ method, route, status }, milliseconds / 1_000);
      endSpan(span, method, route, status);
      const level = method === 'GET' && status < 400 ? 'debug' : 'info';
      const details = { method, route, status, ...refusalIn(response), ms: Math.round(milliseconds) };
      log[level]({ ...fields, ...userIn(response), ...details }, 'request');
    };
    response.locals['end'] = end;
    response.on('close', end);
    runInContext(fields, next, trace.setSpan(parent, span));
  };
}

/** Records the refusal code of an answer for the log line of its request. */
export function recordRefusal(response: Response, { status, body }: Answer): void {
  if (status >= 400)
    response.locals['refusal'] = (body as ReturnType<typeof problems> | undefined)?.errors[0]?.code;
}

/** Ends the request for log, metrics and trace, though its answer goes on: the answer is a stream. */
export function recordAnswered({ locals }: Response): void {
  const end = locals['end'] as (isAnswered: boolean) => void;
  end(true);
}

function refusalIn({ locals }: Response) {
  const code = locals['refusal'] as string | undefined;
  return code !== undefined && { code };
}

function userIn(response: Response) {
  const user = userOf(response);
  return user && { by: `user:${user.id}` };
}

// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server
function endSpan(span: Span, method: string, route: string, status: number): void {
  span.updateName(`${method} ${route}`);
  span.setAttributes({
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
  });
  if (status >= 500) span.setAttribute('error.type', `${status}`).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
