// Reads the session of a request from its cookie or its bearer token.

import cookieSession from 'cookie-session';
import type { Request, RequestHandler, Response } from 'express';
import type { Keys } from './session-keys.js';
import { verifyToken, type User } from './session.js';

/** Starts and ends the session of the browser that sent the request. */
export type SessionControl = Readonly<{ start(token: string): void; end(): void }>;

type Settings = Readonly<{
  keys: Keys;
  /** Has this session ended before its token expires? */
  isRevoked: (sid: string) => boolean;
  secure: 'auto' | 'true' | 'false';
  now: () => Date;
}>;

/** The middlewares that read the session. They run before rate limits, which count by user. */
export function readSession(settings: Settings): RequestHandler[] {
  return [readCookie(settings), identifyUser(settings)];
}

/** The user of a request, after `readSession`. */
export function userOf({ locals }: Response): User | undefined {
  return locals['user'] as User | undefined;
}

/**
 * Returns a function that tells whether the session of this request has been revoked or its token has expired. Without a
 * session it returns false.
 */
export function sessionWatchOf({ locals }: Response): () => boolean {
  return (locals['isSessionOver'] as (() => boolean) | undefined) ?? (() => false);
}

export function sessionControl(request: Request): SessionControl {
  return {
    start: (token) => (request.session = { jwt: token }),
    end: () => (request.session = null),
  };
}

function readCookie({ secure }: Settings): RequestHandler {
  const options = { name: 'session', signed: false, httpOnly: true, sameSite: 'lax' as const, path: '/' };
  const read = cookieSession(secure === 'auto' ? options : { ...options, secure: secure === 'true' });
  return (request, response, next) => {
    // Most GET requests are anonymous; parsing cookies would cost them more than the rest of this middleware.
    if (request.method === 'GET' && request.headers.cookie === undefined) return next();
    read(request, response, () => {
      // `true` means that a proxy ends TLS. Without this line cookie-session would silently drop the cookie.
      if (secure === 'true') Object.defineProperty(request, 'protocol', { value: 'https' });
      next();
    });
  };
}

function identifyUser({ keys, isRevoked, now }: Settings): RequestHandler {
  return (request, response, next) => {
    const token = bearerTokenIn(request.get('authorization')) ?? request.session?.['jwt'];
    const user = typeof token === 'string' ? verifyToken(token, keys, now()) : undefined;
    if (typeof token === 'string' && user && !isRevoked(user.sid)) {
      response.locals['user'] = user;
      response.locals['isSessionOver'] = () =>
        isRevoked(user.sid) || verifyToken(token, keys, now()) === undefined;
    }
    next();
  };
}

function bearerTokenIn(header: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
}
