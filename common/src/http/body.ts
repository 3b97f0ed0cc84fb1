// Reads the body of a request. Until the body has arrived, the request is not in flight: a client that sends slowly holds
// no slot of the requests that the service works on. It holds a slot among the arriving bodies, for a limited time.

import type { Request, RequestHandler, Response } from 'express';
import { Refusal } from '../errors.js';
import { requestSlotOf, type RequestSlot } from './overload.js';

/** A body that is complete within this time may be as slow as it likes. */
const graceMs = 3_000;
/** A longer body must be at least this fast on average, so that 100 kB take ten seconds at most. */
const leastBytesPerSecond = 10_000;

export const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * Reads the body with the parser `parse`. Answers 408 to a body that is too slow, and 503 if too many bodies are arriving
 * or too many requests are in flight when the body is complete.
 */
export function readBody(parse: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (!hasBody(request)) return parse(request, response, next);
    const slot = requestSlotOf(request);
    slot?.leave();
    const watch = watchBody(request, response, slot, next);
    parse(request, response, (error?: unknown) => {
      if (watch.stop() === 'refused') return;
      if (error !== undefined) next(error);
      else if (slot?.enter() === false) next(overloaded());
      else next();
    });
  };
}

const overloaded = () => new Refusal('unavailable', { retryAfterSeconds: 1 });

/** Ends the request if its body is too slow. */
function watchBody(
  { socket }: Request,
  response: Response,
  slot: RequestSlot | undefined,
  refuse: (reason: Refusal) => void,
) {
  const [began, before] = [performance.now(), socket.bytesRead];
  let state: 'arriving' | 'refused' | 'over' = 'arriving';
  let timer: NodeJS.Timeout | undefined;

  // Most bodies arrive together with their headers: they need neither a slot nor a timer.
  const later = setImmediate(() => {
    if (slot?.waitForBody() === false) end(overloaded());
    else timer = setTimeout(check, graceMs);
  });

  function check(): void {
    const seconds = (performance.now() - began) / 1_000;
    if (socket.bytesRead - before < leastBytesPerSecond * seconds) end(new Refusal('request-timeout'));
    else timer = setTimeout(check, 1_000);
  }

  // The connection cannot be used again: the rest of the body would be taken for the next request.
  function end(reason: Refusal): void {
    state = 'refused';
    response.setHeader('Connection', 'close');
    refuse(reason);
  }

  function stop(): typeof state {
    clearImmediate(later);
    clearTimeout(timer);
    if (state === 'arriving') state = 'over';
    return state;
  }
  response.once('close', stop);
  return { stop };
}
