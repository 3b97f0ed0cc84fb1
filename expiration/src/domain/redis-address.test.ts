import { redisUrl, sentinelsIn } from './redis-address.js';

test.each([
  ['redis://redis:6379', true],
  ['rediss://user:password@redis.example.com:6379/0', true],
  ['redis+sentinel://a:26379,b:26379/mymaster', true],
  ['redis+sentinel://a:26379', false],
  ['http://redis:6379', false],
])('REDIS_URL may be %s: %s', (url, isAllowed) => expect(redisUrl.test(url)).toBe(isAllowed));

test.each([
  ['redis://user:password@redis:6379', undefined],
  [
    'redis+sentinel://a:1,b/timers',
    {
      sentinels: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26_379 },
      ],
      name: 'timers',
    },
  ],
  [
    'rediss+sentinel://expiration:p%2Fss%40word@a:1/timers',
    {
      sentinels: [{ host: 'a', port: 1 }],
      name: 'timers',
      username: 'expiration',
      password: 'p/ss@word',
      tls: {},
      enableTLSForSentinelMode: true,
    },
  ],
])('the sentinels in %s', (url, expected) => expect(sentinelsIn(url)).toEqual(expected));
