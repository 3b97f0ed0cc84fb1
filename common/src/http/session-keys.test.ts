import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { sessionKeyPair } from '../testing/session-keys.js';
import { BaseConfig, privateKey, readConfig } from '../service/config.js';
import { sessionKeys } from './session-keys.js';

const own = sessionKeyPair();
const other = sessionKeyPair();
const p384 = sessionKeyPair('P-384');
const JWT_KEY = 'k'.repeat(32);
const jwkOf = (pem: string, more: object = {}) => ({
  ...createPublicKey(pem).export({ format: 'jwk' }),
  ...more,
});
const jwks = (...keys: object[]) => JSON.stringify({ keys });

type Env = Record<string, string | undefined>;
const AuthConfig = BaseConfig.extend({ JWT_PRIVATE_KEY: privateKey.optional() });
function start(Config: typeof BaseConfig | typeof AuthConfig, env: Env) {
  try {
    readConfig(Config, { NATS_URL: 'nats://unused', ...env });
    return 'starts';
  } catch (error) {
    return (error as Error).message.replace('invalid environment: ', '');
  }
}

describe('the keys of a service', () => {
  const accepted: [what: string, env: Env][] = [
    ['the shared key', { JWT_KEY }],
    ['the shared key and its predecessor', { JWT_KEY, JWT_KEY_PREVIOUS: 'p'.repeat(32) }],
    ['a public key', { JWT_PUBLIC_KEYS: own.JWT_PUBLIC_KEYS }],
    ['two public keys', { JWT_PUBLIC_KEYS: `${own.JWT_PUBLIC_KEYS}\n${other.JWT_PUBLIC_KEYS}` }],
    ['a JWKS', { JWT_PUBLIC_KEYS: jwks(jwkOf(own.JWT_PUBLIC_KEYS, { kid: 'a', use: 'sig' })) }],
    ['both kinds during the change', { JWT_KEY, JWT_PUBLIC_KEYS: own.JWT_PUBLIC_KEYS }],
    ['the private key of auth, which is ignored', { JWT_KEY, JWT_PRIVATE_KEY: own.JWT_PRIVATE_KEY }],
  ];
  test.each(accepted)('may be %s', (_what, env) => {
    expect(start(BaseConfig, env)).toBe('starts');
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey;
  const refused: [what: string, env: Env, problem: string][] = [
    ['none', {}, 'JWT_KEY is missing'],
    [
      'a predecessor without a key',
      { JWT_PUBLIC_KEYS: own.JWT_PUBLIC_KEYS, JWT_KEY_PREVIOUS: JWT_KEY },
      'JWT_KEY_PREVIOUS needs JWT_KEY',
    ],
    [
      'of another curve',
      { JWT_PUBLIC_KEYS: p384.JWT_PUBLIC_KEYS },
      'JWT_PUBLIC_KEYS must be keys of the curve P-256',
    ],
    [
      'of another curve beside a good one',
      { JWT_PUBLIC_KEYS: own.JWT_PUBLIC_KEYS + p384.JWT_PUBLIC_KEYS },
      'JWT_PUBLIC_KEYS must be keys of the curve P-256',
    ],
    [
      'of another curve in a JWKS',
      { JWT_PUBLIC_KEYS: jwks(jwkOf(p384.JWT_PUBLIC_KEYS)) },
      'JWT_PUBLIC_KEYS must be keys of the curve P-256',
    ],
    [
      'of RSA',
      { JWT_PUBLIC_KEYS: rsa.export({ type: 'spki', format: 'pem' }) as string },
      'JWT_PUBLIC_KEYS must be keys of the curve P-256',
    ],
    [
      'private',
      { JWT_PUBLIC_KEYS: own.JWT_PRIVATE_KEY },
      'JWT_PUBLIC_KEYS must not have a private key: every service reads them',
    ],
    [
      'private in a JWKS',
      { JWT_PUBLIC_KEYS: jwks(jwkOf(own.JWT_PUBLIC_KEYS, { d: 'x' })) },
      'JWT_PUBLIC_KEYS must not have a private key: every service reads them',
    ],
    [
      'twice the same',
      { JWT_PUBLIC_KEYS: own.JWT_PUBLIC_KEYS.repeat(2) },
      'JWT_PUBLIC_KEYS must not have two keys with the same kid',
    ],
    [
      'two of one kid',
      {
        JWT_PUBLIC_KEYS: jwks(
          jwkOf(own.JWT_PUBLIC_KEYS, { kid: 'a' }),
          jwkOf(other.JWT_PUBLIC_KEYS, { kid: 'a' }),
        ),
      },
      'JWT_PUBLIC_KEYS must not have two keys with the same kid',
    ],
    ['an empty JWKS', { JWT_PUBLIC_KEYS: jwks() }, 'JWT_PUBLIC_KEYS must have at least one key'],
    [
      'cut short',
      { JWT_PUBLIC_KEYS: `${own.JWT_PUBLIC_KEYS}${other.JWT_PUBLIC_KEYS.slice(0, -30)}` },
      'JWT_PUBLIC_KEYS must be public keys in PEM and nothing else, or a JWKS',
    ],
    [
      'damaged',
      { JWT_PUBLIC_KEYS: own.JWT_PUBLIC_KEYS.replace(/[A-Z]{2}/, '') },
      'JWT_PUBLIC_KEYS must be public keys in PEM and nothing else, or a JWKS',
    ],
    [
      'an address',
      { JWT_PUBLIC_KEYS: '{"jku":"http://x"}' },
      'JWT_PUBLIC_KEYS must be public keys in PEM, or a JWKS',
    ],
  ];
  test.each(refused)('are refused: %s', (_what, env, problem) => {
    expect(start(BaseConfig, env)).toBe(problem);
  });
});

describe('the keys of auth', () => {
  const accepted: [what: string, env: Env][] = [
    ['the shared key', { JWT_KEY }],
    ['a pair', own],
    [
      'a pair and a key that only verifies',
      { ...own, JWT_PUBLIC_KEYS: other.JWT_PUBLIC_KEYS + own.JWT_PUBLIC_KEYS },
    ],
    ['a pair with a JWKS', { ...own, JWT_PUBLIC_KEYS: jwks(jwkOf(own.JWT_PUBLIC_KEYS, { kid: 'a' })) }],
    [
      'the shared key and public keys, step 1 of the change',
      { JWT_KEY, JWT_PUBLIC_KEYS: own.JWT_PUBLIC_KEYS },
    ],
    ['the shared key and a pair, step 2 of the change', { JWT_KEY, ...own }],
  ];
  test.each(accepted)('may be %s', (_what, env) => {
    expect(start(AuthConfig, env)).toBe('starts');
  });

  const refused: [what: string, env: Env, problem: string][] = [
    [
      'a private key without public keys',
      { JWT_KEY, JWT_PRIVATE_KEY: own.JWT_PRIVATE_KEY },
      'JWT_PRIVATE_KEY needs JWT_PUBLIC_KEYS: without them no service accepts the sessions of auth',
    ],
    [
      'only public keys',
      { JWT_PUBLIC_KEYS: own.JWT_PUBLIC_KEYS },
      'JWT_PRIVATE_KEY is missing: without it or JWT_KEY nobody can sign in',
    ],
    [
      'a private key of another pair',
      { JWT_PRIVATE_KEY: own.JWT_PRIVATE_KEY, JWT_PUBLIC_KEYS: other.JWT_PUBLIC_KEYS },
      'JWT_PUBLIC_KEYS must have the public key of JWT_PRIVATE_KEY: no service would accept its sessions',
    ],
    [
      'a private key of another curve',
      { ...own, JWT_PRIVATE_KEY: p384.JWT_PRIVATE_KEY },
      'JWT_PRIVATE_KEY must be a key of the curve P-256',
    ],
    [
      'a public key in the place of the private one',
      { ...own, JWT_PRIVATE_KEY: own.JWT_PUBLIC_KEYS },
      'JWT_PRIVATE_KEY must be a private key in PEM, without a password',
    ],
  ];
  test.each(refused)('are refused: %s', (_what, env, problem) => {
    expect(start(AuthConfig, env)).toBe(problem);
  });
});

describe('the kid of a public key', () => {
  test('is the one of its JWKS, otherwise its thumbprint by RFC 7638', () => {
    const jwk = { kty: 'EC', crv: 'P-256', x: jwkOf(own.JWT_PUBLIC_KEYS).x, y: jwkOf(own.JWT_PUBLIC_KEYS).y };
    const kids = (JWT_PUBLIC_KEYS: string) => [...sessionKeys({ JWT_PUBLIC_KEYS }).publicKeys.keys()];
    expect(kids(jwks({ ...jwk, kid: 'mine' }))).toEqual(['mine']);
    expect(kids(jwks(jwk))).toEqual(kids(own.JWT_PUBLIC_KEYS));
    expect(kids(own.JWT_PUBLIC_KEYS)[0]).toMatch(/^[\w-]{43}$/);
  });

  test('is computed as other programs compute it', () => {
    // The key of RFC 7517, appendix A.1.
    const key = {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    };
    const [kid] = sessionKeys({ JWT_PUBLIC_KEYS: jwks(key) }).publicKeys.keys();
    expect(kid).toBe('cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s');
  });
});
