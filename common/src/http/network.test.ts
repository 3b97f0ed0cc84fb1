import express, { type Request, type Response } from 'express';
import type { Logger } from '../observability/logger.js';
import { addressOf, networkOf, warnAboutProxies, proxyMismatch } from './network.js';

describe('a client is counted', () => {
  const table: [what: string, address: string, network: string][] = [
    ['by its IPv4 address', '203.0.113.7', '203.0.113.7'],
    ['by its IPv4 address inside IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['by the /64 of its IPv6 address', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['by the same /64 when it is written shorter', '2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['by the same /64 when it is written longer', '2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['by the /64 with :: expanded', '2001:db8::1', '2001:db8::/64'],
    ['without the zone of an interface', 'fe80::1%eth0', 'fe80::/64'],
    ['without the port that a proxy adds', '203.0.113.7:4711', '203.0.113.7'],
    ['without the port behind IPv4 inside IPv6', '::ffff:203.0.113.7:4711', '203.0.113.7'],
    ['without the port behind IPv6', '[2001:db8:1:2::9]:4711', '2001:db8:1:2::/64'],
    ['for the loopback address too', '::1', '::/64'],
    ['without an address too', '', ''],
    ['by no text that is no address', 'unknown', ''],
    ['by no number of 10,000 digits', '1'.repeat(10_000), ''],
    ['by no zone of 10,000 characters', `fe80::1%${'a'.repeat(10_000)}`, ''],
    ['by no port of a text', '[x]:80', ''],
  ];
  test.each(table)('%s', (_what, address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the address of a client', () => {
  test.each<[what: string, hops: number, forwarded: string | undefined, address: string]>([
    ['is that of its connection without proxies', 0, '6.6.6.6', '10.0.0.1'],
    ['is the last entry behind one proxy', 1, '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    ['is the last but one behind two proxies', 2, '6.6.6.6, 203.0.113.7, 10.0.0.9', '203.0.113.7'],
    ['is the first entry if there are fewer proxies', 3, '203.0.113.7, 10.0.0.9', '203.0.113.7'],
    ['is that of its connection without the header', 1, undefined, '10.0.0.1'],
    ['is not an empty entry', 1, '203.0.113.7, ,', '203.0.113.7'],
  ])('%s, as in Express', (_what, hops, forwarded, address) => {
    const app = express();
    app.set('trust proxy', hops);
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const incoming = { headers, socket: { remoteAddress: '10.0.0.1' }, app };
    expect(addressOf(incoming as never, hops)).toBe(address);
    expect(Object.setPrototypeOf(incoming, app.request).ip).toBe(address);
  });
});

describe('the check of TRUST_PROXY', () => {
  const table: [what: string, forwardedFor: string | undefined, hops: number, wrong: RegExp | undefined][] = [
    ['accepts no proxy with TRUST_PROXY 0', undefined, 0, undefined],
    ['accepts one proxy with TRUST_PROXY 1', '203.0.113.7', 1, undefined],
    ['ignores entries that the client wrote', '6.6.6.6, 203.0.113.7', 1, undefined],
    ['accepts two proxies with TRUST_PROXY 2', '203.0.113.7, 10.0.0.1', 2, undefined],
    ['warns about a proxy with TRUST_PROXY 0', '203.0.113.7', 0, /share one rate limit/],
    ['warns about no proxy with TRUST_PROXY 1', undefined, 1, /may choose/],
    ['warns about one proxy with TRUST_PROXY 2', '203.0.113.7', 2, /may choose/],
  ];
  test.each(table)('%s', (_what, forwardedFor, hops, wrong) => {
    const warning = proxyMismatch(forwardedFor, hops);
    if (wrong) expect(warning).toMatch(wrong);
    else expect(warning).toBeUndefined();
  });
});

test('a wrong TRUST_PROXY is logged once', () => {
  const lines: string[] = [];
  let passed = 0;
  const log = { warn: (line: string) => lines.push(line) } as unknown as Logger;
  const watch = warnAboutProxies(0, log);
  const ask = (forwardedFor?: string) =>
    void watch({ get: () => forwardedFor } as unknown as Request, {} as Response, () => (passed += 1));
  ask();
  expect(lines).toEqual([]);
  ask('203.0.113.7');
  ask('203.0.113.7');
  expect(lines).toEqual([expect.stringContaining('TRUST_PROXY is 0')]);
  expect(passed).toBe(3);
});
