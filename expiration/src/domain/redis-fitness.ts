// Checks that Redis keeps timers across a restart and never evicts them.

type Verdict = Readonly<{
  /** Why timers could be lost; undefined if they are safe or if Redis does not report its settings. */
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
  return {
    problem:
      violated.length > 0
        ? `may lose timers: set ${violated.map(({ setting }) => setting).join(', ')}`
        : undefined,
    unknown: requirements.filter(({ field }) => !reported.has(field)).map(({ setting }) => setting),
  };
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf(':');
  return [line.slice(0, at), line.slice(at + 1)];
}
