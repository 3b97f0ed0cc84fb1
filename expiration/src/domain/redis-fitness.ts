// Checks that Redis keeps timers across a restart, never evicts them, and has memory for new ones.

type Verdict = Readonly<{
  /** Why timers could be lost or not be set; undefined if neither, or if Redis does not report its settings. */
  problem: string | undefined;
  /** Settings that the server does not report. Some managed servers hide them. */
  unknown: readonly string[];
}>;

const requirements = [
  { field: 'maxmemory_policy', value: 'noeviction', setting: 'maxmemory-policy noeviction' },
  { field: 'aof_enabled', value: '1', setting: 'appendonly yes' },
];

/** Judges a server by its answer to INFO. */
export function judgeRedis(info: string): Verdict {
  const reported = new Map(info.split(/\r?\n/).map((line) => splitOnce(line)));
  const violated = requirements.filter(
    ({ field, value }) => reported.has(field) && reported.get(field) !== value,
  );
  const losesTimers =
    violated.length > 0 && `may lose timers: set ${violated.map(({ setting }) => setting).join(', ')}`;
  const isReplica =
    reported.get('role') === 'slave' && 'is a replica, which takes no timers: wait for the failover';
  const isFull = isAtLimit(reported) && 'is at its memory limit: raise maxmemory';
  return {
    problem: [losesTimers, isReplica, isFull].filter(Boolean).join('; ') || undefined,
    unknown: requirements.filter(({ field }) => !reported.has(field)).map(({ setting }) => setting),
  };
}

// As Redis counts before it refuses a write: without the buffers of replicas and of the append-only file.
function isAtLimit(reported: ReadonlyMap<string, string>): boolean {
  const number = (field: string) => Number(reported.get(field) ?? 0);
  const limit = number('maxmemory');
  return limit > 0 && number('used_memory') - number('mem_not_counted_for_evict') >= limit;
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf(':');
  return [line.slice(0, at), line.slice(at + 1)];
}
