// Makes local mongods the members of one replica set under their present addresses. Data of an earlier run may name others.

import { MongoClient, type Db } from 'mongodb';
import { memberCredentials } from '../../documents/database-user.js';

/** Requirements of a MongoDB with users and TLS: its authority, and the content of its key file. */
export type MongoAccess = Readonly<{ tlsCAFile: string; key: string }>;

type SetConfig = { version: number; members: { _id: number; host: string }[] };

const notYetInitialized = 94;

/**
 * Takes one step to a set of these members. The first member must listen.
 * @returns true when the set has a primary and every member is up to date with it or behind by little
 */
export async function advanceReplicaSetSetup(
  hosts: readonly string[],
  access?: MongoAccess,
): Promise<boolean> {
  try {
    return await withAdmin(hosts[0] ?? '', access, async (admin) => {
      const config = await configOf(admin);
      if (!config) await admin.command({ replSetInitiate: { _id: 'rs0', members: membersOf(hosts) } });
      else if (!isSame(config, hosts)) await reconfigure(admin, config, hosts);
      else return await hasPrimary(hosts, access);
      return false;
    });
  } catch {
    return false;
  }
}

const membersOf = (hosts: readonly string[]) => hosts.map((host, _id) => ({ _id, host }));

const isSame = ({ members }: SetConfig, hosts: readonly string[]) =>
  members.map(({ host }) => host).join() === hosts.join();

async function reconfigure(admin: Db, config: SetConfig, hosts: readonly string[]): Promise<void> {
  const members = hosts.map((host, _id) => ({ ...config.members[_id], _id, host }));
  const replSetReconfig = { ...config, members, version: config.version + 1 };
  await admin.command({ replSetReconfig, force: true });
}

/** Without a primary, each member is asked to become it: an election would begin by itself only after ten seconds. */
async function hasPrimary(hosts: readonly string[], access?: MongoAccess): Promise<boolean> {
  const states = await Promise.all(hosts.map((host) => stateOf(host, access)));
  const isUp = states.every((state) => state !== 'neither');
  if (!isUp || states.includes('primary')) return isUp;
  for (const host of hosts)
    if (await withAdmin(host, access, (admin) => admin.command({ replSetStepUp: 1 })).catch(() => undefined))
      break;
  return false;
}

/** `neither` until the member knows its present address. */
async function stateOf(host: string, access?: MongoAccess): Promise<'primary' | 'secondary' | 'neither'> {
  return withAdmin(host, access, async (admin) => {
    const { me, isWritablePrimary, secondary } = await admin.command({ hello: 1 });
    if (me !== host) return 'neither';
    return isWritablePrimary ? 'primary' : secondary ? 'secondary' : 'neither';
  });
}

/** Runs commands at this member, whatever its state. */
export const withAdmin = <T>(
  host: string,
  access: MongoAccess | undefined,
  use: (admin: Db) => Promise<T>,
): Promise<T> => withAdminAt(`mongodb://${host}/?directConnection=true`, access, use);

/** Runs commands at the primary of the set at this URI, or at its only server. */
export async function withAdminAt<T>(
  uri: string,
  access: MongoAccess | undefined,
  use: (admin: Db) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(uri, {
    serverSelectionTimeoutMS: 2_000,
    ...memberCredentials(access?.key),
    ...(access && { tls: true, tlsCAFile: access.tlsCAFile }),
  });
  try {
    return await use((await client.connect()).db('admin'));
  } finally {
    await client.close();
  }
}

async function configOf(admin: Db): Promise<SetConfig | undefined> {
  try {
    return (await admin.command({ replSetGetConfig: 1 }))['config'] as SetConfig;
  } catch (error) {
    if ((error as { code?: number }).code === notYetInitialized) return undefined;
    throw error;
  }
}
