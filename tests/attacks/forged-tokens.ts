// Tokens that say who somebody is, and are not to be believed. Made by hand: a library would refuse to make most of them.

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

const base64url = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const nowSeconds = () => Math.floor(Date.now() / 1_000);
const head = { alg: 'HS256', typ: 'JWT' };

/** A token like auth's own: whoever has the key can make one. */
export function madeByHand(
  victim: Victim,
  key: string | Buffer,
  claims: Claims = {},
  header: object = head,
): string {
  return sealed(header, claimsOf(victim, claims), key);
}

function claimsOf({ id, email }: Victim, more: Claims = {}): Claims {
  const now = nowSeconds();
  return { sub: id, email, sid: randomUUID(), iss: 'ticketing', iat: now, exp: now + 600, ...more };
}

function sealed(header: unknown, payload: unknown, key: string | Buffer, hash = 'sha256'): string {
  const signed = `${base64url(header)}.${base64url(payload)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

/**
 * Every forgery that needs no more than what an attacker has (a token of their own), and every token that our own key
 * has signed for something else. `jku` is an address that must never be asked for keys.
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
    token: madeByHand(victim, signer, {}, { ...head, ...header }),
  });
  return [
    by('signed with another key', {}),
    by('signed with an empty key', {}, ''),
    by('signed with a key of zeros', {}, Buffer.alloc(32)),
    by('signed with the first half of the key', {}, key.slice(0, key.length / 2)),
    by('signed with the bytes that the key is the hex of', {}, Buffer.from(key, 'hex')),
    by('signed with a word', {}, 'secret'),
    by('whose kid is a path to an empty file', { kid: '../../../../../../dev/null' }, ''),
    by('whose kid is an injection', { kid: "x' UNION SELECT 'mine" }, 'mine'),
    by('whose kid is an operator', { kid: { $ne: null } }),
    by('whose kid is an address', { kid: `${jku}/kid` }),
    by('that brings its key along (jwk)', { kid: 'mine', jwk }),
    by('that says where its key is (jku)', { kid: 'mine', jku: `${jku}/jku` }),
    by('that says where its certificate is (x5u)', { x5u: `${jku}/x5u` }),
    by('that brings its certificate along (x5c)', { x5c: [mine.toString('base64')] }),
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
    { what: `of alg ${alg} with a signature`, token: sealed({ alg, typ: 'JWT' }, payload, randomBytes(32)) },
  ]);
  const twice = '{"alg":"none","alg":"HS256","typ":"JWT"}';
  return [
    ...unsigned,
    { what: 'without an alg', token: `${base64url({ typ: 'JWT' })}.${base64url(payload)}.` },
    { what: 'of two algs', token: `${base64url(twice)}.${base64url(payload)}.` },
    { what: 'of HS384 by our key', token: sealed({ alg: 'HS384' }, payload, key, 'sha384') },
    { what: 'of HS512 by our key', token: sealed({ alg: 'HS512' }, payload, key, 'sha512') },
    { what: 'of RS256 by another key', token: signed('RS256', 'sha256', rsa.privateKey) },
    { what: 'of ES256 by another key', token: signed('ES256', 'sha256', ec.privateKey) },
    { what: 'that says RS256 and is an HMAC of our key', token: sealed({ alg: 'RS256' }, payload, key) },
    { what: 'that says HS256 with a public key as its secret', token: sealed(head, payload, publicPem) },
    { what: 'that says PS256 over HMAC', token: sealed({ alg: 'PS256' }, payload, key) },
    { what: 'that says EdDSA over HMAC', token: sealed({ alg: 'EdDSA' }, payload, key) },
  ];
}

// Signed with our key: as if it served for something else too, or by an auth of another day.
function ofOtherClaims(victim: Victim, key: string): Forged[] {
  const now = nowSeconds();
  const cases: [what: string, claims: Claims][] = [
    ['that has expired', { exp: now - 1 }],
    ['that ended long ago', { exp: 0 }],
    ['that never ends', { exp: undefined }],
    ['whose end is null', { exp: null }],
    ['whose end is a text', { exp: String(now + 600) }],
    ['whose end is an operator', { exp: { $gt: 0 } }],
    ['of which the time has not come', { nbf: now + 600 }],
    ['of which the time is a text', { nbf: 'yesterday' }],
    ['without the time of its issue', { iat: undefined }],
    ['whose issue is a text', { iat: 'now' }],
    ['of another issuer', { iss: 'somebody' }],
    ['of an issuer in other letters', { iss: 'Ticketing' }],
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
    ['whose subject is an id and more', { sub: `${victim.id}\n` }],
    ['without a session', { sid: undefined }],
    ['whose session is an operator', { sid: { $ne: null } }],
    ['without an e-mail', { email: undefined }],
    ['whose e-mail is an operator', { email: { $gt: '' } }],
  ];
  return cases.map(([what, claims]) => ({ what, token: madeByHand(victim, key, claims) }));
}

function ofOtherShape(victim: Victim, key: string): Forged[] {
  const good = madeByHand(victim, key);
  const [header = '', payload = '', signature = ''] = good.split('.');
  const other = base64url(claimsOf({ ...victim, id: 'f'.repeat(24) }));
  return [
    { what: 'of another person under the same signature', token: `${header}.${other}.${signature}` },
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
    { what: 'whose payload is a text', token: sealed(head, '"admin"', key) },
    { what: 'whose payload is a list', token: sealed(head, [claimsOf(victim)], key) },
    { what: 'whose payload is null', token: sealed(head, 'null', key) },
    { what: 'whose payload is no JSON', token: sealed(head, '{"sub":', key) },
    {
      what: 'whose claims hang on the prototype',
      token: sealed(head, `{"__proto__":${JSON.stringify(claimsOf(victim))}}`, key),
    },
    { what: 'whose header is no JSON', token: sealed('{', claimsOf(victim), key) },
    { what: 'whose header is null', token: sealed('null', claimsOf(victim), key) },
    { what: 'that is a word', token: 'undefined' },
    { what: 'that is dots', token: '..' },
    { what: 'that is long', token: `${header}.${'A'.repeat(8_000)}.${signature}` },
  ];
}

/** The token with one character changed, at every position, and cut off at every length. */
export function damaged(token: string): Forged[] {
  const flip = (letter: string) => (letter === 'A' ? 'B' : 'A');
  const changed = Array.from(token).map((letter, at) => ({
    what: `changed at ${at}`,
    token: `${token.slice(0, at)}${flip(letter)}${token.slice(at + 1)}`,
  }));
  const cut = Array.from(token).map((_, length) => ({
    what: `cut off at ${length}`,
    token: token.slice(0, length),
  }));
  return [...changed, ...cut];
}
