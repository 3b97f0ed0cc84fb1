// Can a service use this MongoDB? MongoDB 6.0 is the first with `$in` in partial indexes, which the unique index
// `one-holder-per-place` needs. A server whose featureCompatibilityVersion is older refuses that index as well, and an upgrade
// sets it last. No command without a privilege tells it: the wire version is that of the program.

import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { ConfigError } from '../service/config.js';
import { memberCredentials } from './database-user.js';

const oldest = 6;
const unauthorized = 13;

/** An operator must change a setting of the server. The service retries, so it needs no restart. */
export class UnfitServer extends Error {
  override readonly name = 'UnfitServer';
}

type Server = Readonly<{
  connection: Connection;
  uri: string;
  key?: string | undefined;
  driver?: ConnectOptions | undefined;
}>;

/**
 * @returns what an operator should still do; undefined if nothing is known to be missing
 * @throws ConfigError if the server's program is too old
 * @throws UnfitServer if its featureCompatibilityVersion is too old
 */
export async function assertSupported(server: Server): Promise<string | undefined> {
  const info = await server.connection.db?.admin().serverInfo();
  const version = String(info?.['version'] ?? '');
  if (Number.parseInt(version, 10) < oldest)
    throw new ConfigError(
      `MongoDB ${version} at MONGO_URI is too old: version ${oldest}.0 or newer is needed.`,
    );
  const features = await featuresOf(server);
  if (features === undefined) return undefined;
  const command = (to: string) =>
    `db.adminCommand({ setFeatureCompatibilityVersion: "${to}", confirm: true })`;
  if (Number.parseInt(features, 10) < oldest)
    throw new UnfitServer(
      `the featureCompatibilityVersion of MongoDB ${version} is ${features}; ${oldest}.0 or newer is needed: ${command(`${oldest}.0`)}`,
    );
  const [current = ''] = /^\d+\.\d+/.exec(version) ?? [];
  return Number.parseFloat(features) < Number.parseFloat(current)
    ? `the featureCompatibilityVersion of MongoDB ${version} is still ${features}: ${command(current)}`
    : undefined;
}

// The user of a service may not read this parameter; a client with the members' key may. Without a key it stays unknown.
async function featuresOf({ connection, uri, key, driver }: Server): Promise<string | undefined> {
  const ask = { getParameter: 1, featureCompatibilityVersion: 1 };
  try {
    return versionIn(await connection.db?.admin().command(ask));
  } catch (error) {
    if ((error as { code?: unknown }).code !== unauthorized) throw error;
    if (key === undefined) return undefined;
  }
  const options = { ...driver, ...memberCredentials(key), serverSelectionTimeoutMS: 2_000 };
  const client = new mongoose.mongo.MongoClient(uri, options);
  try {
    return versionIn(await client.db('admin').command(ask));
  } finally {
    await client.close();
  }
}

const versionIn = (answer: mongoose.mongo.Document | undefined): string =>
  String(answer?.['featureCompatibilityVersion']?.version ?? '');
