import { judgeRedis } from './redis-fitness.js';

const info = (policy: string, aof: string) =>
  `# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:${policy}\r\n\r\n# Persistence\r\nloading:0\r\naof_enabled:${aof}\r\n`;

describe('a Redis', () => {
  const table: [what: string, info: string, problem: string | undefined, unknown: string[]][] = [
    ['that never loses keys is fit', info('noeviction', '1'), undefined, []],
    [
      'that evicts keys is unfit',
      info('allkeys-lru', '1'),
      'may lose timers: set maxmemory-policy noeviction',
      [],
    ],
    ['without persistence is unfit', info('noeviction', '0'), 'may lose timers: set appendonly yes', []],
    [
      'with both faults gets both named',
      info('volatile-ttl', '0'),
      'may lose timers: set maxmemory-policy noeviction, appendonly yes',
      [],
    ],
    [
      'that hides its settings counts as fit',
      '# Server\r\nredis_version:7.2.4\r\n',
      undefined,
      ['maxmemory-policy noeviction', 'appendonly yes'],
    ],
  ];
  test.each(table)('%s', (_what, text, problem, unknown) => {
    expect(judgeRedis(text)).toEqual({ problem, unknown });
  });
});
