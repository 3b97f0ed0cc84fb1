// The keys of session tokens. With JWT_KEY, every service can sign (HS256). With JWT_PRIVATE_KEY and JWT_PUBLIC_KEYS, only
// auth can sign (ES256), and the `kid` of a token names the public key that verifies it.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { User } from './session.js';

type Variables = Readonly<{
  JWT_KEY?: string | undefined;
  JWT_KEY_PREVIOUS?: string | undefined;
  JWT_PRIVATE_KEY?: string | undefined;
  JWT_PUBLIC_KEYS?: string | undefined;
}>;

// KeyObjects, because jsonwebtoken would try to parse a string as a public key at every call.
type SigningKey = Readonly<{ algorithm: 'HS256' | 'ES256'; key: KeyObject; keyid?: string }>;

export type Keys = Readonly<{
  /** Undefined in a service that has only public keys. */
  signing: SigningKey | undefined;
  /** The keys of HS256. Empty: such tokens are refused. */
  secrets: readonly KeyObject[];
  /** The keys of ES256, by `kid`. Empty: such tokens are refused. */
  publicKeys: ReadonlyMap<string, KeyObject>;
  /** Users of tokens that these keys have verified, by token. */
  verified: LRUCache<string, Readonly<{ user: User; expiresAt: number }>>;
}>;

/** About 1 kB each. */
const cachedTokens = 10_000;

/**
 * The keys that valid variables describe (`sessionKeyProblems`). `JWT_PRIVATE_KEY` signs, otherwise `JWT_KEY` does.
 * `JWT_KEY_PREVIOUS` only verifies, so that a key can be replaced without ending sessions.
 */
export function sessionKeys(variables: Variables): Keys {
  const { JWT_KEY, JWT_KEY_PREVIOUS, JWT_PRIVATE_KEY, JWT_PUBLIC_KEYS } = variables;
  const secrets = [JWT_KEY, JWT_KEY_PREVIOUS]
    .filter((secret) => secret !== undefined)
    .map((secret) => createSecretKey(secret, 'utf8'));
  const publicKeys = JWT_PUBLIC_KEYS === undefined ? new Map<string, KeyObject>() : readKeys(JWT_PUBLIC_KEYS);
  const signing =
    JWT_PRIVATE_KEY === undefined
      ? sharedSigningKey(secrets)
      : privateSigningKey(JWT_PRIVATE_KEY, publicKeys);
  return { signing, secrets, publicKeys, verified: new LRUCache({ max: cachedTokens }) };
}

function sharedSigningKey([key]: readonly KeyObject[]): SigningKey | undefined {
  return key && { algorithm: 'HS256', key };
}

function privateSigningKey(pem: string, publicKeys: ReadonlyMap<string, KeyObject>): SigningKey {
  const key = createPrivateKey(pem);
  const keyid = kidOf(key, publicKeys);
  if (keyid === undefined) throw new Error('No public key belongs to the private key.');
  return { algorithm: 'ES256', key, keyid };
}

function kidOf(privateKey: KeyObject, publicKeys: ReadonlyMap<string, KeyObject>): string | undefined {
  const own = createPublicKey(privateKey);
  return [...publicKeys].find(([, key]) => key.equals(own))?.[0];
}

/** The problems of variables that are each valid alone. `canSign`: the service must be able to sign. */
export function sessionKeyProblems(variables: Variables, canSign: boolean): string[] {
  const { JWT_KEY, JWT_KEY_PREVIOUS, JWT_PUBLIC_KEYS } = variables;
  const JWT_PRIVATE_KEY = canSign ? variables.JWT_PRIVATE_KEY : undefined;
  if (JWT_PUBLIC_KEYS === undefined && JWT_PRIVATE_KEY !== undefined)
    return ['JWT_PRIVATE_KEY needs JWT_PUBLIC_KEYS: without them no service accepts the sessions of auth'];
  if (JWT_KEY === undefined && JWT_PUBLIC_KEYS === undefined) return ['JWT_KEY is missing'];
  if (JWT_KEY === undefined && JWT_KEY_PREVIOUS !== undefined) return ['JWT_KEY_PREVIOUS needs JWT_KEY'];
  if (canSign && JWT_KEY === undefined && JWT_PRIVATE_KEY === undefined)
    return ['JWT_PRIVATE_KEY is missing: without it or JWT_KEY nobody can sign in'];
  if (JWT_PRIVATE_KEY === undefined || JWT_PUBLIC_KEYS === undefined) return [];
  // The problem of the single variable is reported by its own check.
  if (privateKeyProblem(JWT_PRIVATE_KEY) || publicKeysProblem(JWT_PUBLIC_KEYS)) return [];
  return kidOf(createPrivateKey(JWT_PRIVATE_KEY), readKeys(JWT_PUBLIC_KEYS)) === undefined
    ? ['JWT_PUBLIC_KEYS must have the public key of JWT_PRIVATE_KEY: no service would accept its sessions']
    : [];
}

/** The problem of JWT_PRIVATE_KEY, if it has one. */
export function privateKeyProblem(pem: string): string | undefined {
  try {
    return isP256(createPrivateKey(pem)) ? undefined : 'must be a key of the curve P-256';
  } catch {
    return 'must be a private key in PEM, without a password';
  }
}

/** The problem of JWT_PUBLIC_KEYS, if they have one. */
export function publicKeysProblem(text: string): string | undefined {
  try {
    readKeys(text);
    return undefined;
  } catch (error) {
    return error instanceof KeyProblem ? error.message : 'must be public keys in PEM, or a JWKS';
  }
}

class KeyProblem extends Error {}

/** Public keys by `kid`: the one that a JWKS gives, otherwise the thumbprint of the key (RFC 7638). */
function readKeys(text: string): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const [kid, key] of text.trimStart().startsWith('{') ? keysOfJwks(text) : keysOfPem(text)) {
    if (!isP256(key)) throw new KeyProblem('must be keys of the curve P-256');
    const name = kid ?? thumbprint(key);
    if (keys.has(name)) throw new KeyProblem('must not have two keys with the same kid');
    keys.set(name, key);
  }
  if (keys.size === 0) throw new KeyProblem('must have at least one key');
  return keys;
}

type NamedKey = [kid: string | undefined, key: KeyObject];

function keysOfJwks(text: string): NamedKey[] {
  const { keys } = JSON.parse(text) as { keys: readonly (JsonWebKey & { kid?: string })[] };
  return keys.map((jwk) => {
    if (jwk.d !== undefined) throw new KeyProblem(noPrivateKey);
    return [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })];
  });
}

// createPublicKey also accepts certificates and private keys.
function keysOfPem(text: string): NamedKey[] {
  if (text.includes('PRIVATE KEY')) throw new KeyProblem(noPrivateKey);
  const blocks = text.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  if (blocks.reduce((rest, block) => rest.replace(block, ''), text).trim() !== '')
    throw new KeyProblem('must be public keys in PEM and nothing else, or a JWKS');
  return blocks.map((block) => [undefined, createPublicKey(block)]);
}

const noPrivateKey = 'must not have a private key: every service reads them';

const isP256 = ({ asymmetricKeyDetails }: KeyObject) => asymmetricKeyDetails?.namedCurve === 'prime256v1';

function thumbprint(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
