// Initiates the replica set of a MongoDB that was started for one and has none yet. The service that owns the database does it.

import mongoose from 'mongoose';
import { memberCredentials } from './database-user.js';

const alreadyInitialized = 23;

/** The hosts in a connection URI, with their ports. */
export function hostsIn(uri: string, settings: mongoose.ConnectOptions = {}): string[] {
  return new mongoose.mongo.MongoClient(uri, settings).options.hosts.map(String);
}

/**
 * Initiates the replica set of `uri`, with its hosts as the members. Does nothing if the first host has a set already.
 * Concurrent calls are safe.
 * @param uri all members and the set: `mongodb://a:27017,b:27017,c:27017/?replicaSet=rs0`. Its user need not exist yet.
 * @param key content of the members' key file, if they have one
 * @returns true if this call initiated the set
 * @throws MongoError if a member is unreachable or holds the data of a set: the server asks every member first
 */
export async function initiateReplicaSet(
  uri: string,
  settings: mongoose.ConnectOptions = {},
  key?: string,
): Promise<boolean> {
  const { replicaSet, tls, tlsCAFile } = new mongoose.mongo.MongoClient(uri, settings).options;
  if (!replicaSet) return false;
  const hosts = hostsIn(uri, settings);
  const client = new mongoose.mongo.MongoClient(`mongodb://${hosts[0]}/?directConnection=true`, {
    ...settings,
    ...memberCredentials(key),
    tls,
    ...(tlsCAFile === undefined ? {} : { tlsCAFile }),
    serverSelectionTimeoutMS: 2_000,
  });
  try {
    const admin = (await client.connect()).db('admin');
    const { setName } = await admin.command({ hello: 1 });
    if (setName !== undefined) return false;
    const members = hosts.map((host, _id) => ({ _id, host }));
    await admin.command({ replSetInitiate: { _id: replicaSet, members } });
    return true;
  } catch (error) {
    if (error instanceof mongoose.mongo.MongoServerError && error.code === alreadyInitialized) return false;
    throw error;
  } finally {
    await client.close();
  }
}
