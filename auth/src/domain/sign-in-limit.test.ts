import { networkOf, secondsToWait } from './sign-in-limit.js';

const now = new Date('2026-11-23T12:00:00Z');
const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

describe('the limit of failed sign-ins', () => {
  const table: [what: string, count: number, endsIn: number, wait: number][] = [
    ['lets the first try through', 1, 900, 0],
    ['lets the last allowed try through', 10, 900, 0],
    ['refuses the next one until the window ends', 11, 900, 900],
    ['rounds the wait up', 11, 0.2, 1],
    ['never asks for a wait of nothing', 11, 0, 1],
  ];
  test.each(table)('%s', (_what, count, endsIn, wait) => {
    expect(secondsToWait({ count, windowEnds: inSeconds(endsIn) }, 10, now)).toBe(wait);
  });
});

describe('failures of a client are counted', () => {
  const table: [what: string, address: string, network: string][] = [
    ['by its IPv4 address', '203.0.113.7', '203.0.113.7'],
    ['by its IPv4 address inside IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['by the /64 of its IPv6 address', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['by the same /64 when it is written shorter', '2001:db8:1:2::9', '2001:db8:1:2'],
    ['by the same /64 when it is written longer', '2001:0DB8:0001:0002::9', '2001:db8:1:2'],
    ['with the zeros that :: stands for', '2001:db8::1', '2001:db8:0:0'],
    ['also for the loopback', '::1', '0:0:0:0'],
    ['also without an address', '', '0:0:0:0'],
  ];
  test.each(table)('%s', (_what, address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
