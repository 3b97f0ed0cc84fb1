// A timer must outlive a restart of Redis, and must not be thrown out for want of memory.

type Verdict = Readonly<{
  /** why timers could be lost; undefined when they are safe, or when nobody can tell */
  problem: string | undefined;
  /** what the server does not tell, as some that are rented do not */
  unknown: readonly string[];
}>;

const wanted = [
  { field: 'maxmemory_policy', value: 'noeviction', setting: 'maxmemory-policy noeviction' },
  { field: 'aof_enabled', value: '1', setting: 'appendonly yes' },
];

/** Judges a server by what it answers to INFO. */
export function judgeRedis(info: string): Verdict {
  const told = new Map(info.split(/\r?\n/).map((line) => splitOnce(line)));
  const missing = wanted.filter(({ field, value }) => told.has(field) && told.get(field) !== value);
  return {
    problem:
      missing.length > 0
        ? `may lose timers: set ${missing.map(({ setting }) => setting).join(', ')}`
        : undefined,
    unknown: wanted.filter(({ field }) => !told.has(field)).map(({ setting }) => setting),
  };
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf(':');
  return [line.slice(0, at), line.slice(at + 1)];
}
