// The network that a request comes from. Limits count by it.

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../observability/logger.js';

const port = /^\[(?<v6>[^\]]*)\](?::\d+)?$|^(?:::ffff:)?(?<v4>[\d.]+):\d+$/i;

const noAddress = '';
// IPv6 with an IPv4 part has 45 characters; a zone, brackets and a port may surround it.
const longestAddress = 100;

/**
 * The key of a client's network: its IPv4 address, or the /64 prefix of its IPv6 address, because one client usually has
 * the whole prefix. A port, which some proxies add, is not part of the key. All texts that are no addresses share one key:
 * otherwise a client that invents its header could create any number of keys of any size.
 */
export function networkOf(address: string): string {
  if (address.length > longestAddress) return noAddress;
  const known = networks.get(address);
  if (known !== undefined) return known;
  const { v6, v4 } = port.exec(address)?.groups ?? {};
  const ip = v6 ?? v4 ?? address;
  const network = isIP(ip) === 0 ? noAddress : ipKeyGenerator(ip, 64);
  networks.set(address, network);
  return network;
}

// Parsing an IPv6 address, and so an IPv4 address in its IPv6 form, takes 7 µs.
const networks = new LRUCache<string, string>({ max: 10_000 });

/** The client's address, as seen through this number of proxies: the same as `request.ip` of Express. */
export function addressOf({ socket, headers }: IncomingMessage, hops: number): string {
  const peer = socket.remoteAddress ?? '';
  if (hops === 0) return peer;
  const forwarded = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return forwarded.at(-Math.min(hops, forwarded.length)) ?? peer;
}

/**
 * Compares `TRUST_PROXY` with the `X-Forwarded-For` header of one request. Only the last `hops` entries are trusted:
 * our own proxies wrote them, and the client may have written the others.
 * @returns a warning, or undefined if both agree
 */
export function proxyMismatch(forwardedFor: string | undefined, hops: number): string | undefined {
  const entries = forwardedFor === undefined ? 0 : forwardedFor.split(',').length;
  if (hops === 0 && entries > 0)
    return 'TRUST_PROXY is 0, but requests carry X-Forwarded-For: all clients of that proxy share one rate limit';
  if (entries < hops)
    return `TRUST_PROXY is ${hops}, but a request passed ${entries} proxies: clients may choose the address of their rate limit`;
  return undefined;
}

/** Logs the first mismatch between `TRUST_PROXY` and the proxies that requests pass. */
export function warnAboutProxies(hops: number, log: Logger): RequestHandler {
  let warned = false;
  return (request: Request, _response, next) => {
    const mismatch = warned ? undefined : proxyMismatch(request.get('x-forwarded-for'), hops);
    if (mismatch !== undefined) {
      warned = true;
      log.warn(mismatch);
    }
    next();
  };
}
