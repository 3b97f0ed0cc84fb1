// Invalid tokens against services that verify by public keys. The attacker knows everything that a service knows except the
// private key: the public keys, their kids, and tokens of others.

import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  base64url,
  claimsOf,
  ofOtherClaims,
  ofOtherShape,
  sign,
  signToken,
  type EcKey,
  type Forged,
  type SigningKey,
} from './forged-tokens.js';

type Victim = Readonly<{ id: string; email: string }>;

const es256 = (kid: unknown) => ({ alg: 'ES256', typ: 'JWT', kid });
const pairOf = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });

/** Forgeries without our private key, and tokens that it signed for another purpose. */
export function forgedEs256Tokens(victim: Victim, key: EcKey, jku: string): Forged[] {
  return [
    ...bySecretsOfPublicKeys(victim, key),
    ...ofOtherPairs(victim, key, jku),
    ...underOtherKids(victim, key),
    ...ofOtherAlgorithms(victim, key),
    ...ofImpossibleSignatures(victim, key),
    ...ofOtherClaims(victim, key),
    ...ofOtherShape(victim, key),
  ];
}

/** Every spelling of a public key as a secret of HS256. */
export function spellingsOf(publicKey: KeyObject): Record<string, string | Buffer> {
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const jwk = publicKey.export({ format: 'jwk' });
  return {
    'as PEM': pem,
    'as PEM without its last line feed': pem.trimEnd(),
    'as PEM on one line': pem.replaceAll('\n', ''),
    'as PEM with the line ends of Windows': pem.replaceAll('\n', '\r\n'),
    'as DER': der,
    'as base64': der.toString('base64'),
    'as a point': der.subarray(-65),
    'as a JWK': JSON.stringify(jwk),
    'as a JWKS': JSON.stringify({ keys: [jwk] }),
  };
}

function bySecretsOfPublicKeys(victim: Victim, { privateKey, kid }: EcKey): Forged[] {
  const secrets: [string, string | Buffer][] = [
    ...Object.entries(spellingsOf(createPublicKey(privateKey))),
    ['that is our kid', kid],
    ['that is empty', ''],
  ];
  return secrets.flatMap(([what, secret]) =>
    ['HS256', 'ES256'].flatMap((alg) =>
      [{ kid }, {}].map((named) => ({
        what: `of ${alg} ${'kid' in named ? 'with our kid' : 'without a kid'} by a secret: our public key ${what}`,
        token: sign({ alg, typ: 'JWT', ...named }, claimsOf(victim), secret),
      })),
    ),
  );
}

function ofOtherPairs(victim: Victim, { kid }: EcKey, jku: string): Forged[] {
  const mine = pairOf('P-256');
  const jwk = { ...mine.publicKey.export({ format: 'jwk' }), kid };
  const by = (what: string, header: object) => ({
    what,
    token: sign({ ...es256(kid), ...header }, claimsOf(victim), { privateKey: mine.privateKey, kid }),
  });
  return [
    by('by another key under our kid', {}),
    by('by another key under its own kid', { kid: 'mine' }),
    by('by another key without a kid', { kid: undefined }),
    by('by another key with that key (jwk)', { jwk }),
    by('by another key with its address (jku)', { jku: `${jku}/jku` }),
    by('by another key whose kid is an address', { kid: `${jku}/kid` }),
    by('by another key with its certificate (x5c)', { x5c: [base64url(jwk)] }),
    by('by another key with the address of its certificate (x5u)', { x5u: `${jku}/x5u` }),
    ...['P-384', 'P-521', 'secp256k1'].map((curve) => ({
      what: `of ES256 under our kid by a key of ${curve}`,
      token: sign(es256(kid), claimsOf(victim), { privateKey: pairOf(curve).privateKey, kid }),
    })),
  ];
}

function underOtherKids(victim: Victim, key: EcKey): Forged[] {
  const kids: unknown[] = [
    ...[undefined, null, '', 0, true, [key.kid], { $ne: null }, key.kid.toUpperCase(), `${key.kid}=`],
    ...[`${key.kid} `, '__proto__', 'constructor', 'undefined', '../../../dev/null'],
  ];
  return kids.map((kid) => ({
    what: `by our key under the kid ${JSON.stringify(kid)}`,
    token: signToken(victim, key, {}, es256(kid)),
  }));
}

function ofOtherAlgorithms(victim: Victim, key: EcKey): Forged[] {
  const claims = claimsOf(victim);
  const unsigned = ['none', 'None', 'NONE', '', null, undefined].flatMap((alg) =>
    ['', 'AAAA'].map((signature) => ({
      what: `of alg ${alg} with our kid and the signature "${signature}"`,
      token: `${base64url({ alg, typ: 'JWT', kid: key.kid })}.${base64url(claims)}.${signature}`,
    })),
  );
  const claimed: [alg: unknown, hash: string][] = [
    ['ES384', 'sha384'],
    ['ES512', 'sha512'],
    ['ES256K', 'sha256'],
    ['RS256', 'sha256'],
    ['PS256', 'sha256'],
    ['EdDSA', 'sha256'],
    ['es256', 'sha256'],
    [['ES256'], 'sha256'],
  ];
  return [
    ...unsigned,
    ...claimed.map(([alg, hash]) => ({
      what: `by our key that claims the alg ${JSON.stringify(alg)}`,
      token: sign({ ...es256(key.kid), alg }, claims, key, hash),
    })),
    { what: 'of ES256 over another hash by our key', token: sign(es256(key.kid), claims, key, 'sha512') },
  ];
}

// Zeros verify any text in some implementations (CVE-2022-21449); so may numbers of the size of the group's order.
function ofImpossibleSignatures(victim: Victim, key: EcKey): Forged[] {
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
  const [zero, one] = [Buffer.alloc(32), Buffer.alloc(32)];
  one[31] = 1;
  const text = `${base64url(es256(key.kid))}.${base64url(claimsOf(victim))}`;
  const numbers = Object.entries({ 0: zero, 1: one, n: order });
  return numbers.flatMap(([rName, r]) =>
    numbers.map(([sName, s]) => ({
      what: `whose signature is (${rName}, ${sName})`,
      token: `${text}.${Buffer.concat([r, s]).toString('base64url')}`,
    })),
  );
}

/** The keys with which a service that has only public keys could try to sign. */
export function keysWithin(publicKeys: Iterable<readonly [string, KeyObject]>): SigningKey[] {
  return [...publicKeys].flatMap(([kid, key]) => [
    ...Object.values(spellingsOf(key)),
    kid,
    { privateKey: pairOf('P-256').privateKey, kid },
  ]);
}
