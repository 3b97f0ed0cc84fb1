// The checks that run before an endpoint's handler.

import { isUtf8 } from 'node:buffer';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { Refusal } from '../errors.js';
import { hasBody, readBody } from './body.js';
import { limitForgeries } from './rate-limit.js';
import type { Declaration } from './route.js';
import { userOf } from './session-cookie.js';

type Config = Readonly<{ INVALID_WEBHOOKS_PER_ADDRESS: number }>;

/** The middlewares of an endpoint, in order. */
export function checksFor(
  method: string,
  { user, rawBody, body }: Declaration,
  { INVALID_WEBHOOKS_PER_ADDRESS }: Config,
): RequestHandler[] {
  return [
    ...(method === 'get' ? [] : [refuseOtherOrigins]),
    ...(user === 'required' || user === 'operator' ? [requireUser] : []),
    ...(user === 'operator' ? [requireOperator] : []),
    ...(rawBody ? [limitForgeries(INVALID_WEBHOOKS_PER_ADDRESS), parseRaw] : []),
    ...(body ? [requireJson, parseJson] : []),
  ];
}

const byteOrderMark = Buffer.from('\uFEFF');
const empty = new WeakSet<object>();

// The decoder would replace invalid UTF-8 and so change the text, and the parser would ignore a byte order mark, which JSON
// does not allow. Both are refused.
const json = express.json({
  limit: '100kb',
  type: () => true,
  verify: (request, _response, bytes, encoding) => {
    if (encoding === 'utf-8' && !isUtf8(bytes)) throw new Error('not UTF-8');
    if (bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark)) throw new Error('not JSON');
    if (bytes.length === 0) empty.add(request);
  },
});
// The parser would take a body without a byte for an empty object.
const parseJson = readBody((request, response, next) =>
  json(request, response, (error?: unknown) => {
    if (!hasBody(request) || empty.has(request)) request.body = undefined;
    next(error);
  }),
);
const parseRaw = readBody(express.raw({ limit: '256kb', type: () => true }));

function requireUser(_request: Request, response: Response, next: NextFunction): void {
  if (!userOf(response)) throw new Refusal('not-signed-in');
  next();
}

function requireOperator(_request: Request, response: Response, next: NextFunction): void {
  if (userOf(response)?.role !== 'operator') throw new Refusal('not-an-operator');
  next();
}

function requireJson(request: Request, _response: Response, next: NextFunction): void {
  if (hasBody(request) && !request.is('application/json')) throw new Refusal('unsupported-media-type');
  next();
}

// A cookie alone does not prove that our own page sent the request. Clients other than browsers send neither header.
function refuseOtherOrigins(request: Request, _response: Response, next: NextFunction): void {
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  const isForeign =
    site === undefined
      ? origin !== undefined && hostOf(origin) !== request.host
      : !['same-origin', 'none'].includes(site);
  if (isForeign) throw new Refusal('cross-origin');
  next();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
