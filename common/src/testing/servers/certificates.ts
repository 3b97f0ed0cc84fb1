// Certificates for servers on this machine, signed by an authority of our own.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Certificates = Readonly<{
  ca: string;
  cert: string;
  key: string;
  /** key and certificate in one file, as mongod wants them */
  both: string;
}>;

const days = '825';
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/**
 * The paths of a certificate for 127.0.0.1 and localhost, its key and its authority, created in `dir` when missing. The
 * authority's key is not kept.
 * @throws Error when openssl is not installed
 */
export function certificatesIn(dir: string): Certificates {
  const [ca, cert, key, both] = ['ca.pem', 'server.pem', 'server.key', 'both.pem'].map((name) =>
    join(dir, name),
  ) as [string, string, string, string];
  const paths = { ca, cert, key, both };
  if (existsSync(both)) return paths;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const [caKey, request, extensions] = ['ca.key', 'server.csr', 'server.ext'].map((name) => join(dir, name));
  writeFileSync(`${extensions}`, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  openssl([
    'req',
    '-x509',
    ...newKey,
    '-days',
    days,
    '-subj',
    '/CN=ticketing authority',
    '-keyout',
    `${caKey}`,
    '-out',
    paths.ca,
  ]);
  openssl(['req', ...newKey, '-subj', '/CN=localhost', '-keyout', paths.key, '-out', `${request}`]);
  openssl([
    'x509',
    '-req',
    '-in',
    `${request}`,
    '-CA',
    paths.ca,
    '-CAkey',
    `${caKey}`,
    '-CAcreateserial',
    '-days',
    days,
    '-extfile',
    `${extensions}`,
    '-out',
    paths.cert,
  ]);
  writeFileSync(both, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'), { mode: 0o600 });
  for (const file of [caKey, request, extensions]) rmSync(`${file}`, { force: true });
  return paths;
}

function openssl(args: readonly string[]): void {
  try {
    execFileSync('openssl', args, { stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error('openssl is needed on PATH: it makes the certificates of the servers', {
        cause: error,
      });
    throw error;
  }
}
