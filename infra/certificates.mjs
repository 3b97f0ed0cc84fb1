// Certificates for the servers of one installation, signed by an authority of its own (infra/secrets.mjs).

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

// The private keys are in a folder that only this user can read, and are deleted with it.
function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'ticketing-certificate-'));
  const path = (name) => join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  try {
    return work({ path, openssl, read: (name) => readFileSync(path(name), 'utf8') });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const signedByItself = (days, subject) =>
  inFolder(({ path, openssl, read }) => {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-days',
      days,
      ...subject,
      '-keyout',
      path('key'),
      '-out',
      path('crt'),
    );
    return { key: read('key'), crt: read('crt') };
  });

/** A certificate that no authority signs, with its key. `host` is its only name. */
export const selfSigned = (host) =>
  signedByItself('365', ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]);

/** An authority for 10 years. */
export const newAuthority = () => signedByItself('3650', ['-subj', '/CN=ticketing authority']);

/** A certificate of the authority for a server of these names, for 825 days, also through port forwarding. */
export const signedBy = (authority, names) =>
  inFolder(({ path, openssl, read }) => {
    writeFileSync(path('ca.key'), authority.key);
    writeFileSync(path('ca.crt'), authority.crt);
    const alternatives = [...names, 'localhost'].map((name) => `DNS:${name}`);
    writeFileSync(path('extensions'), `subjectAltName=${alternatives.join(',')},IP:127.0.0.1\n`);
    openssl('req', ...newKey, '-subj', `/CN=${names[0]}`, '-keyout', path('key'), '-out', path('request'));
    const by = ['-CA', path('ca.crt'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '825'];
    openssl(
      'x509',
      '-req',
      '-in',
      path('request'),
      ...by,
      '-extfile',
      path('extensions'),
      '-out',
      path('crt'),
    );
    return { key: read('key'), crt: read('crt') };
  });
