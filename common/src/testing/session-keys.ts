import { generateKeyPairSync } from 'node:crypto';

/** A new key pair for ES256 in PEM, as auth and the other services read it. `namedCurve` makes one of another curve. */
export function sessionKeyPair(
  namedCurve = 'P-256',
): Readonly<{ JWT_PRIVATE_KEY: string; JWT_PUBLIC_KEYS: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  return {
    JWT_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    JWT_PUBLIC_KEYS: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  };
}
