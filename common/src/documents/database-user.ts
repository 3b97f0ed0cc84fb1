// The user of a service in its MongoDB. The key of the replica set's members (the content of mongod's key file) gives access
// before any user exists, also from another machine: MongoDB's internal user `__system` has it as its password.

import mongoose from 'mongoose';

type Role = string | Readonly<{ role: string; db: string }>;

/** The options of a client that has the members' key. Without a key, those of a client without a user. */
export const memberCredentials = (key: string | undefined): mongoose.mongo.MongoClientOptions =>
  key === undefined ? {} : { auth: { username: '__system', password: key }, authSource: 'local' };

/** All that a service does in its database, and nothing outside of it. */
export const readWriteRoleOn = (database: string): Role => ({ role: 'readWrite', db: database });

const userNotFound = 11;

/**
 * Creates the user that `uri` names, or gives it the password in `uri` and this role alone.
 * @param key content of the members' key file
 * @returns false if `uri` names no user
 * @throws MongoError if there is no primary, or the key is wrong
 */
export async function grant(
  uri: string,
  role: Role,
  key: string,
  settings: mongoose.ConnectOptions = {},
): Promise<boolean> {
  const { credentials } = new mongoose.mongo.MongoClient(uri, settings).options;
  if (!credentials) return false;
  const client = new mongoose.mongo.MongoClient(uri, {
    ...settings,
    ...memberCredentials(key),
    serverSelectionTimeoutMS: 2_000,
  });
  const { username, password, source } = credentials;
  const user = { pwd: password, roles: [role] };
  try {
    const users = (await client.connect()).db(source);
    await users.command({ updateUser: username, ...user }).catch(async (error: unknown) => {
      if ((error as { code?: unknown }).code !== userNotFound) throw error;
      await users.command({ createUser: username, ...user });
    });
    return true;
  } finally {
    await client.close();
  }
}
