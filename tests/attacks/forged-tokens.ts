// Invalid tokens, built by hand: a library refuses to create most of them.

import {
  createHmac,
  createSign,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  type KeyObject,
} from 'node:crypto';

export type Forged = Readonly<{ what: string; token: string }>;
type Victim = Readonly<{ id: string; email: string }>;
type Claims = Record<string, unknown>;

/** A secret of HS256, or the private key of ES256 that a public key of this `kid` verifies. */
export type SigningKey = string | Buffer | EcKey;
export type EcKey = Readonly<{ privateKey: KeyObject; kid: string }>;
const isEc = (key: SigningKey): key is EcKey => typeof key === 'object' && 'privateKey' in key;

export const base64url = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const nowSeconds = () => Math.floor(Date.now() / 1_000);
const head = { alg: 'HS256', typ: 'JWT' };
const headOf = (key: SigningKey) => (isEc(key) ? { alg: 'ES256', typ: 'JWT', kid: key.kid } : head);

/** A token like those of auth, signed with `key`. */
export function signToken(
  victim: Victim,
  key: SigningKey,
  claims: Claims = {},
  header: object = headOf(key),
): string {
  return sign(header, claimsOf(victim, claims), key);
}

export function claimsOf({ id, email }: Victim, more: Claims = {}): Claims {
  const now = nowSeconds();
  return { sub: id, email, sid: randomUUID(), iss: 'ticketing', iat: now, exp: now + 600, ...more };
}

export function sign(header: unknown, payload: unknown, key: SigningKey, hash = 'sha256'): string {
  const signed = `${base64url(header)}.${base64url(payload)}`;
  if (isEc(key)) {
    const by = { key: key.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${signed}.${createSign(hash).update(signed).sign(by, 'base64url')}`;
  }
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

/**
 * Forgeries that need only the attacker's own token, and tokens that our key signed for another purpose. No service may
 * fetch keys from `jku`.
 */
export function forgedTokens(victim: Victim, key: string, jku: string): Forged[] {
  return [
    ...ofOtherKeys(victim, key, jku),
    ...ofOtherAlgorithms(victim, key),
    ...ofOtherClaims(victim, key),
    ...ofOtherShape(victim, key),
  ];
}

function ofOtherKeys(victim: Victim, key: string, jku: string): Forged[] {
  const mine = randomBytes(32);
  const jwk = { kty: 'oct', k: mine.toString('base64url'), alg: 'HS256', kid: 'mine' };
  const by = (what: string, header: object, signer: string | Buffer = mine) => ({
    what,
    token: signToken(victim, signer, {}, { ...head, ...header }),
  });
  return [
    by('signed with another key', {}),
    by('signed with an empty key', {}, ''),
    by('signed with a key of zeros', {}, Buffer.alloc(32)),
    by('signed with the first half of the key', {}, key.slice(0, key.length / 2)),
    by('signed with the hex-decoded key', {}, Buffer.from(key, 'hex')),
    by('signed with a word', {}, 'secret'),
    by('whose kid is a path to an empty file', { kid: '../../../../../../dev/null' }, ''),
    by('whose kid is an injection', { kid: "x' UNION SELECT 'mine" }, 'mine'),
    by('whose kid is an operator', { kid: { $ne: null } }),
    by('whose kid is an address', { kid: `${jku}/kid` }),
    by('with its own key (jwk)', { kid: 'mine', jwk }),
    by('with an address of its key (jku)', { kid: 'mine', jku: `${jku}/jku` }),
    by('with an address of its certificate (x5u)', { x5u: `${jku}/x5u` }),
    by('with its own certificate (x5c)', { x5c: [mine.toString('base64')] }),
    by('whose payload is not encoded (b64)', { b64: false, crit: ['b64'] }),
  ];
}

function ofOtherAlgorithms(victim: Victim, key: string): Forged[] {
  const payload = claimsOf(victim);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
  const signed = (alg: string, hash: string, by: KeyObject) => {
    const text = `${base64url({ alg, typ: 'JWT' })}.${base64url(payload)}`;
    return `${text}.${createSign(hash).update(text).sign({ key: by, dsaEncoding: 'ieee-p1363' }, 'base64url')}`;
  };
  const unsigned = ['none', 'None', 'NONE', 'nOnE', '', null].flatMap((alg) => [
    {
      what: `of alg ${alg} without a signature`,
      token: `${base64url({ alg, typ: 'JWT' })}.${base64url(payload)}.`,
    },
    { what: `of alg ${alg} with a signature`, token: sign({ alg, typ: 'JWT' }, payload, randomBytes(32)) },
  ]);
  const twice = '{"alg":"none","alg":"HS256","typ":"JWT"}';
  return [
    ...unsigned,
    { what: 'without an alg', token: `${base64url({ typ: 'JWT' })}.${base64url(payload)}.` },
    { what: 'of two algs', token: `${base64url(twice)}.${base64url(payload)}.` },
    { what: 'of HS384 by our key', token: sign({ alg: 'HS384' }, payload, key, 'sha384') },
    { what: 'of HS512 by our key', token: sign({ alg: 'HS512' }, payload, key, 'sha512') },
    { what: 'of RS256 by another key', token: signed('RS256', 'sha256', rsa.privateKey) },
    { what: 'of ES256 by another key', token: signed('ES256', 'sha256', ec.privateKey) },
    { what: 'that claims RS256 for an HMAC by our key', token: sign({ alg: 'RS256' }, payload, key) },
    { what: 'of HS256 with a public key as its secret', token: sign(head, payload, publicPem) },
    { what: 'that claims PS256 for an HMAC', token: sign({ alg: 'PS256' }, payload, key) },
    { what: 'that claims EdDSA for an HMAC', token: sign({ alg: 'EdDSA' }, payload, key) },
  ];
}

/** Signed with our key, but with missing, wrong or malformed claims. */
export function ofOtherClaims(victim: Victim, key: SigningKey): Forged[] {
  const now = nowSeconds();
  const cases: [what: string, claims: Claims][] = [
    ['that has expired', { exp: now - 1 }],
    ['that expired long ago', { exp: 0 }],
    ['without an expiry', { exp: undefined }],
    ['that lasts longer than a session', { exp: now + 12 * 3_600 + 1 }],
    ['whose session begins in an hour', { iat: now + 3_600, exp: now + 7_200 }],
    ['whose expiry is null', { exp: null }],
    ['whose expiry is a text', { exp: String(now + 600) }],
    ['whose expiry is an operator', { exp: { $gt: 0 } }],
    ['that is not valid yet', { nbf: now + 600 }],
    ['whose nbf is a text', { nbf: 'yesterday' }],
    ['without an issue time', { iat: undefined }],
    ['whose issue time is a text', { iat: 'now' }],
    ['of another issuer', { iss: 'somebody' }],
    ['of an issuer in other case', { iss: 'Ticketing' }],
    ['of several issuers', { iss: ['ticketing', 'somebody'] }],
    ['of no issuer', { iss: undefined }],
    ['without a subject', { sub: undefined }],
    ['whose subject is empty', { sub: '' }],
    ['whose subject is null', { sub: null }],
    ['whose subject is a number', { sub: 7 }],
    ['whose subject is no id', { sub: 'root' }],
    ['whose subject is an operator', { sub: { $gt: '' } }],
    ['whose subject is a list', { sub: [victim.id] }],
    ['whose subject has a NUL', { sub: `${victim.id}\0` }],
    ['whose subject is an id and a line feed', { sub: `${victim.id}\n` }],
    ['without a session', { sid: undefined }],
    ['whose session is an operator', { sid: { $ne: null } }],
    ['without an e-mail', { email: undefined }],
    ['whose e-mail is an operator', { email: { $gt: '' } }],
  ];
  return cases.map(([what, claims]) => ({ what, token: signToken(victim, key, claims) }));
}

export function ofOtherShape(victim: Victim, key: SigningKey): Forged[] {
  const good = signToken(victim, key);
  const ours = headOf(key);
  const [header = '', payload = '', signature = ''] = good.split('.');
  const other = base64url(claimsOf({ ...victim, id: 'f'.repeat(24) }));
  return [
    { what: 'of another user under the same signature', token: `${header}.${other}.${signature}` },
    { what: 'without its signature', token: `${header}.${payload}.` },
    { what: 'of two parts', token: `${header}.${payload}` },
    { what: 'of one part', token: payload },
    { what: 'of four parts', token: `${good}.${signature}` },
    {
      what: 'of five parts, as if encrypted',
      token: `${header}.${payload}.${signature}.${payload}.${signature}`,
    },
    { what: 'signed twice', token: `${good}${signature}` },
    { what: 'with padding', token: `${good}=` },
    {
      what: 'in plain base64',
      token: `${header}.${payload}.${Buffer.from(signature, 'base64url').toString('base64')}=`,
    },
    { what: 'whose payload is a text', token: sign(ours, '"admin"', key) },
    { what: 'whose payload is a list', token: sign(ours, [claimsOf(victim)], key) },
    { what: 'whose payload is null', token: sign(ours, 'null', key) },
    { what: 'whose payload is invalid JSON', token: sign(ours, '{"sub":', key) },
    {
      what: 'with claims on the prototype',
      token: sign(ours, `{"__proto__":${JSON.stringify(claimsOf(victim))}}`, key),
    },
    { what: 'whose header is invalid JSON', token: sign('{', claimsOf(victim), key) },
    { what: 'whose header is null', token: sign('null', claimsOf(victim), key) },
    { what: 'that is a word', token: 'undefined' },
    { what: 'that is dots', token: '..' },
    { what: 'that is long', token: `${header}.${'A'.repeat(8_000)}.${signature}` },
  ];
}

/** The token with one character changed at every position, and truncated at every length. */
export function damaged(token: string): Forged[] {
  const flip = (letter: string) => (letter === 'A' ? 'B' : 'A');
  const changed = Array.from(token).map((letter, at) => ({
    what: `changed at ${at}`,
    token: `${token.slice(0, at)}${flip(letter)}${token.slice(at + 1)}`,
  }));
  const cut = Array.from(token).map((_, length) => ({
    what: `truncated at ${length}`,
    token: token.slice(0, length),
  }));
  return [...changed, ...cut];
}
