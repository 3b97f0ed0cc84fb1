// Where a request comes from, as far as limits go.

import type { Request, RequestHandler } from 'express';
import type { Logger } from '../observability/logger.js';

/**
 * What a client's requests and failures are counted under: its IPv4 address, or the /64 network of its IPv6 address,
 * because whoever has one address of such a network has all of them. A port that a proxy has added does not count.
 */
export function networkOf(address: string): string {
  const mapped = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [plain = ''] = address.replace(/^\[/, '').split(/[\]%]/);
  const [head = [], tail = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':');
}

/**
 * What is wrong with `TRUST_PROXY`, as far as one request shows it. Of `X-Forwarded-For` only the last `hops` entries are
 * believed: each was written by a proxy of ours, whatever the client had put before them.
 */
export function wrongHops(forwardedFor: string | undefined, hops: number): string | undefined {
  const entries = forwardedFor === undefined ? 0 : forwardedFor.split(',').length;
  if (hops === 0 && entries > 0)
    return 'TRUST_PROXY is 0, but a proxy (or a client) sends X-Forwarded-For: all of its clients are limited as one';
  if (entries < hops)
    return `TRUST_PROXY is ${hops}, but a request has passed ${entries}: clients may choose the address they are limited by`;
  return undefined;
}

/** Says once, in the log, when the number of proxies does not fit what comes. */
export function watchHops(hops: number, log: Logger): RequestHandler {
  let said = false;
  return (request: Request, _response, next) => {
    const wrong = said ? undefined : wrongHops(request.get('x-forwarded-for'), hops);
    if (wrong !== undefined) {
      said = true;
      log.warn(wrong);
    }
    next();
  };
}
