// A MongoDB that was started for a replica set and has none yet is given it by the service that owns it.

import mongoose from 'mongoose';

const alreadyInitialized = 23;

/** The hosts that a URI names, with their ports. */
export function hostsIn(uri: string, settings: mongoose.ConnectOptions = {}): string[] {
  return new mongoose.mongo.MongoClient(uri, settings).options.hosts.map(String);
}

/**
 * Initiates the replica set that `uri` names, with the hosts that it names as the members. Does nothing when the first of
 * them has a set already; may be called by several at once.
 * @param uri all members and the set: `mongodb://a:27017,b:27017,c:27017/?replicaSet=rs0`
 * @returns whether it was initiated now
 * @throws MongoError while a member cannot be reached, or holds data of a set already: the server asks every member first
 */
export async function initiateReplicaSet(
  uri: string,
  settings: mongoose.ConnectOptions = {},
): Promise<boolean> {
  const { replicaSet } = new mongoose.mongo.MongoClient(uri, settings).options;
  if (!replicaSet) return false;
  const hosts = hostsIn(uri, settings);
  const client = new mongoose.mongo.MongoClient(`mongodb://${hosts[0]}/?directConnection=true`, {
    ...settings,
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
