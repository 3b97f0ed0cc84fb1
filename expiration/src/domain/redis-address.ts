// The address of Redis: one server, or those of Redis Sentinel, which know the present master.

/** The form of REDIS_URL. */
export const redisUrl = /^rediss?(?::\/\/|\+sentinel:\/\/[^/]+\/[\w.-]+$)/;

type Host = Readonly<{ host: string; port: number }>;
type Sentinels = Readonly<{
  sentinels: Host[];
  /** of the master, in the configuration of the sentinels */
  name: string;
  username?: string;
  password?: string;
  tls?: object;
  enableTLSForSentinelMode?: true;
}>;

/**
 * Reads `redis+sentinel://user:password@a:26379,b:26379/mymaster`; with `rediss` every connection uses TLS. The user is that of
 * Redis, and special characters are percent-encoded.
 * @returns undefined for the address of one server
 */
export function sentinelsIn(url: string): Sentinels | undefined {
  const [, scheme, user, hosts = '', name = ''] =
    /^(rediss?)\+sentinel:\/\/(?:([^@/]*)@)?([^@/]+)\/([\w.-]+)$/.exec(url) ?? [];
  if (scheme === undefined) return undefined;
  const [username, password] = (user ?? '').split(':').map(decodeURIComponent);
  return {
    sentinels: hosts.split(',').map(hostIn),
    name,
    ...(username && { username }),
    ...(password && { password }),
    ...(scheme === 'rediss' && { tls: {}, enableTLSForSentinelMode: true as const }),
  };
}

function hostIn(text: string): Host {
  const [host = '', port = '26379'] = text.split(':');
  return { host, port: Number(port) };
}
