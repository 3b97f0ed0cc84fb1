import { judgeRedis } from './redis-fitness.js';

const info = (policy: string, aof: string, memory = 'maxmemory:0\r\nused_memory:1000') =>
  `# Memory\r\n${memory}\r\nmaxmemory_policy:${policy}\r\n\r\n# Persistence\r\nloading:0\r\naof_enabled:${aof}\r\n`;

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
      'below its memory limit is fit',
      info('noeviction', '1', 'used_memory:1999\r\nmaxmemory:2000'),
      undefined,
      [],
    ],
    [
      'below its memory limit without its buffers is fit',
      info('noeviction', '1', 'used_memory:2100\r\nmaxmemory:2000\r\nmem_not_counted_for_evict:200'),
      undefined,
      [],
    ],
    [
      'at its memory limit is unfit',
      info('noeviction', '1', 'used_memory:2000\r\nmaxmemory:2000'),
      'is at its memory limit: raise maxmemory',
      [],
    ],
    [
      'that has become a replica is unfit',
      `role:slave\r\n${info('noeviction', '1')}`,
      'is a replica, which takes no timers: wait for the failover',
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
