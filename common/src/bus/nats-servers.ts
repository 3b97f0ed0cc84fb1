// The servers of NATS_URL, with the credentials in it and the certificate authority of NATS_CA.

import { readFileSync } from 'node:fs';
import { ConfigError } from '../service/config.js';

export type NatsServers = Readonly<{
  /** `scheme://host:port`, without credentials: safe to log */
  urls: readonly string[];
  credentials: Readonly<{ user: string; pass: string }> | undefined;
  /** Present if the connection must be encrypted; `ca` is the content of NATS_CA. */
  tls: Readonly<{ ca?: string }> | undefined;
}>;

type Variables = Readonly<{
  NATS_URL: string;
  NATS_PASSWORD?: string | undefined;
  NATS_CA?: string | undefined;
}>;

/**
 * Parses `nats://user:password@host:port,…`; `tls://` or a NATS_CA requires TLS. The user of the first URL that has one is
 * the user at all servers. Special characters are percent-encoded. NATS_PASSWORD replaces the password in the URL.
 * @throws ConfigError that names the variable, and never its value
 */
export function natsServers({ NATS_URL, NATS_PASSWORD, NATS_CA: caFile }: Variables): NatsServers {
  const parsed = NATS_URL.split(',').map(parseUrl);
  const named = parsed.find(({ username }) => username !== '');
  if (NATS_PASSWORD !== undefined && !named)
    throw new ConfigError('NATS_URL must name the user of NATS_PASSWORD: nats://user@host:port');
  const isEncrypted = caFile !== undefined || parsed.some(({ protocol }) => protocol === 'tls:');
  return {
    urls: parsed.map(({ protocol, host }) => `${protocol}//${host}`),
    credentials: named && { user: decoded(named.username), pass: NATS_PASSWORD ?? decoded(named.password) },
    tls: isEncrypted ? (caFile === undefined ? {} : { ca: readCa(caFile) }) : undefined,
  };
}

const invalidUrl =
  'NATS_URL must be nats://user:password@host:port,… with special characters percent-encoded';

function parseUrl(text: string): URL {
  const url = text.includes('://') ? text : `nats://${text}`;
  if (!URL.canParse(url)) throw new ConfigError(invalidUrl);
  return new URL(url);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigError(invalidUrl);
  }
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new ConfigError(`NATS_CA must be the path of a readable file (${reason})`);
  }
}

const untrusted = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_/;

/** Advice about a failed connection, for the log. */
export function adviceOn(error: unknown): string {
  const { message = '', code = '' } = (error ?? {}) as { message?: string; code?: string };
  if (/authorization|authentication/i.test(message))
    return 'the bus refuses the user or the password of NATS_URL';
  if (untrusted.test(`${code}`) || /certificate/i.test(message))
    return 'the certificate of the bus is not trusted: NATS_CA must be the file of its authority';
  return 'bus not reachable yet';
}
