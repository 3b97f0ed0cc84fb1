// Sends the response, or the failure that a planted fault asks for.
import type { Fault } from '../faults/faults.js';
import { errorView, internalError, rateLimitError } from './errors.js';

export type Reply =
  | Readonly<{ kind: 'response'; status: number; body: string; replayed: boolean }>
  /** The connection is closed without a response. */
  | Readonly<{ kind: 'disconnect' }>
  /** The connection stays open without a response. */
  | Readonly<{ kind: 'hang' }>;

export function responseReply(status: number, body: object, replayed: boolean): Reply {
  return { kind: 'response', status, body: JSON.stringify(body), replayed };
}

/** The reply, unless a fault replaces it. */
export function withFault(reply: Reply, fault: Fault | undefined): Reply {
  return fault === undefined || fault.mode === 'ok' ? reply : faultReply(fault.mode);
}

export function faultReply(mode: Exclude<Fault['mode'], 'ok'>): Reply {
  switch (mode) {
    case 'down':
      return { kind: 'disconnect' };
    case 'blackhole':
      return { kind: 'hang' };
    case 'errors':
      return responseReply(internalError.status, errorView(internalError), false);
    case 'rate-limited':
      return responseReply(rateLimitError.status, errorView(rateLimitError), false);
  }
}
